import BrowserAutomation
import JSON
import JobModel
import NetworkPolicy

extension NetworkRoute {
    /// The artifacts that routes of a scenario answer with.
    static func artifactNames(in browser: JSONObject) -> Set<String> {
        Set((browser["routes"]?.array ?? []).compactMap { $0["fulfil"]?["artifact"]?.string })
    }

    /// Reads an element of `browser.routes`.
    init(scenario value: JSONValue, at index: Int, _ artifacts: [String: [UInt8]]) throws(StepFailure) {
        let reader = OptionReader(value.object ?? [:], in: "browser.routes[\(index)]")
        let text = try reader.text("url") ?? ""
        let pattern: URLPattern
        do throws(BrowserError) {
            pattern = try URLPattern(text)
        } catch {
            throw reader.invalid("url", "an address: \(error.message)")
        }
        self.init(
            url: pattern,
            method: try reader.text("method")?.uppercased(),
            action: try Self.action(reader, artifacts)
        )
    }

    private static func action(_ reader: OptionReader, _ artifacts: [String: [UInt8]]) throws(StepFailure) -> Action {
        if let word = try reader.text("abort") {
            guard let reason = abortReasons[word] else {
                throw reader.invalid("abort", "one of \(abortReasons.keys.sorted().joined(separator: ", "))")
            }
            return .abort(reason)
        }
        if let fulfil = try reader.object("fulfil") { return try answer(fulfil, artifacts) }
        if let modify = try reader.object("modify") {
            var headers: [Header] = []
            for name in try modify.object("headers")?.members.keys ?? [] {
                headers.append(Header(name, try modify.object("headers")?.text(name)))
            }
            return .modify(
                headers: headers,
                url: try Self.target(modify),
                method: try modify.text("method")?.uppercased(),
                body: try modify.text("body").map { Array($0.utf8) }
            )
        }
        throw reader.invalid("fulfil", "given, or abort, or modify")
    }

    /// Another address for a request: one a page could ask for itself.
    private static func target(_ reader: OptionReader) throws(StepFailure) -> String? {
        guard let url = try reader.text("url") else { return nil }
        do throws(EgressDenial) {
            _ = try PageAddress(url)
        } catch {
            throw StepFailure(
                reason: .policyDenied,
                message: "A route of the scenario may not lead to its address. \(error)",
                isRetryable: false,
                mayHaveActed: false
            )
        }
        return url
    }

    private static func answer(_ reader: OptionReader, _ artifacts: [String: [UInt8]]) throws(StepFailure) -> Action {
        var headers = try reader.texts("headers") ?? [:]
        let body: [UInt8]
        let type: String
        if let name = try reader.text("artifact") {
            guard let bytes = artifacts[name] else { throw reader.invalid("artifact", "an artifact of the job") }
            (body, type) = (bytes, MediaType.of(fileName: name))
        } else if let value = reader.members["json"] {
            (body, type) = (value.serialized(), "application/json")
        } else {
            (body, type) = (Array((try reader.text("body") ?? "").utf8), "text/html; charset=utf-8")
        }
        if !headers.keys.contains(where: { $0.lowercased() == "content-type" }) { headers["Content-Type"] = type }
        return .fulfil(
            status: try reader.integer("status", 100...599) ?? 200,
            headers: headers.sorted { $0.key < $1.key }.map { Header($0.key, $0.value) },
            body: body
        )
    }
}
