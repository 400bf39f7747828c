import BrowserAutomation
import JSON
import JobModel

extension BrowserSession {
    /// What a task gives of a body read as JSON, at most.
    private static let bodyLimit = 1 << 20

    /// Runs a task and waits for the response it is said to cause; watching begins before the task does.
    func expectingResponse(
        _ task: ToDo,
        on page: PageSession,
        until deadline: ContinuousClock.Instant,
        _ body: (isolated BrowserSession) async throws -> StepOutcome
    ) async throws -> StepOutcome {
        guard let query = try task.responseQuery("expect_response") else { return try await body(self) }
        await page.observeNetwork()
        let mark = await page.requestCount
        var outcome = try await body(self)
        do {
            let request = try await page.waitForResponse(query, after: mark, until: deadline)
            outcome.outputs["response"] = try await shown(request, of: page, task, until: deadline)
        } catch let error as BrowserError {
            throw BrowserError(
                error.code,
                "\(outcome.touched.isEmpty ? "The task" : outcome.touched) did not bring what expect_response asks for. \(error.message)",
                callLog: outcome.callLog + error.callLog
            )
        }
        return outcome
    }

    /// `{url, status, method, mime_type}`, and `json` when it was asked for.
    func shown(
        _ request: NetworkRequest,
        of page: PageSession,
        _ task: ToDo,
        until deadline: ContinuousClock.Instant
    ) async throws -> JSONValue {
        var members: JSONObject = [
            "url": .string(request.url), "method": .string(request.method),
            "status": request.response.map { JSONValue($0.status) } ?? .null,
            "mime_type": .string(request.response?.mimeType ?? ""),
        ]
        guard task.fields["expect_response"]?["json"]?.bool == true || task.fields["response"]?["json"]?.bool == true
        else { return .object(members) }
        guard let bytes = await page.body(of: request, deadline: deadline - .now), bytes.count <= Self.bodyLimit else {
            throw BrowserError(
                .expectationFailed,
                "The body of \(request.url) cannot be read: the page has left it behind, or it is larger than 1 MiB"
            )
        }
        guard let value = try? JSONValue(parsing: bytes) else {
            throw BrowserError(.expectationFailed, "The response of \(request.url) is no JSON")
        }
        members["json"] = value
        return .object(members)
    }

    /// The action `network`.
    func changeNetwork(_ task: ToDo) async throws -> StepOutcome {
        var conditions = NetworkConditions(isOffline: try task.flag("offline"))
        conditions.latency = try task.duration("latency") ?? .zero
        conditions.download = try task.optionalCount("download").map { $0 * 1000 }
        conditions.upload = try task.optionalCount("upload").map { $0 * 1000 }
        try await context.setNetworkConditions(conditions)
        return StepOutcome(touched: conditions.isOffline ? "network: offline" : "network")
    }

    /// The action `har`.
    func har(_ task: ToDo) async throws -> StepOutcome {
        await context.observeNetwork()
        let pattern = try task.optionalString("url").map { try URLPattern($0) }
        let (artifact, entries) = try await storeHAR(name: try task.artifactName("har"), pattern)
        var outcome = kept([artifact])
        outcome.outputs["entries"] = JSONValue(entries)
        return outcome
    }

    /// `browser.har`, at the end of the job.
    func keepHAR() async -> Artifact? {
        guard let name = job.browserOptions["har"]?.string else { return nil }
        return try? await storeHAR(name: name.contains(".") ? name : "\(name).har").0
    }

    private func storeHAR(name: String, _ pattern: URLPattern? = nil) async throws -> (Artifact, Int) {
        let requests = await context.requests.filter { pattern?.matches($0.url) ?? true }
        let document = HARExport.document(
            requests,
            dropped: await context.droppedRequests,
            creator: context.browser.version
        )
        let artifact = try await job.workspace.store(
            JSONValue.object(document).serialized(),
            name: name,
            contentType: "application/json"
        )
        return (artifact, requests.count)
    }
}

extension ToDo {
    /// `{url, method, status}`; nil when the member is absent.
    func responseQuery(_ member: String) throws -> ResponseQuery? {
        guard let value = fields[member], !value.isNull else { return nil }
        guard let object = value.object else { throw invalid("wants {url, method, status} in '\(member)'") }
        var query = ResponseQuery()
        for (name, value) in object {
            switch name {
            case "url":
                guard let text = value.string else { throw invalid("wants text in '\(member).url'") }
                query.url = try URLPattern(text)
            case "method":
                guard let text = value.string else { throw invalid("wants text in '\(member).method'") }
                query.method = text.uppercased()
            case "status": query.status = try status(value, member)
            case "json":
                guard value.bool != nil else { throw invalid("wants true or false in '\(member).json'") }
            default: throw invalid("has '\(name)' in '\(member)'; it takes url, method, status and json")
            }
        }
        return query
    }

    /// `200`, or `2xx` for a hundred.
    private func status(_ value: JSONValue, _ member: String) throws(StepFailure) -> ClosedRange<Int> {
        if let status = value.int, (100...599).contains(status) { return status...status }
        if let text = value.string, text.count == 3, text.lowercased().hasSuffix("xx"),
            let hundred = Int(text.prefix(1)),
            (1...5).contains(hundred)
        {
            return (hundred * 100)...(hundred * 100 + 99)
        }
        throw invalid("wants a status such as 200 or 2xx in '\(member).status'")
    }
}
