import BrowserAutomation
import JSON
import JobModel

extension BrowserSession {
    func goto(_ task: ToDo, _ page: PageSession, until deadline: ContinuousClock.Instant) async throws
        -> StepOutcome
    {
        let result = try await page.goto(
            try task.address("url"),
            waitUntil: try task.word("wait_until") ?? .load,
            referrer: try task.optionalString("referer"),
            deadline: deadline - .now
        )
        return try await outcome(result, page, until: deadline)
    }

    func moveInHistory(
        _ action: Action,
        _ task: ToDo,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> StepOutcome {
        let waitUntil: WaitUntil = try task.word("wait_until") ?? .load
        let result =
            switch action {
            case .reload: try await page.reload(waitUntil: waitUntil, deadline: deadline - .now)
            case .back: try await page.goInHistory(by: -1, waitUntil: waitUntil, deadline: deadline - .now)
            default: try await page.goInHistory(by: 1, waitUntil: waitUntil, deadline: deadline - .now)
            }
        return try await outcome(result, page, until: deadline)
    }

    private func outcome(
        _ result: NavigationResult,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> StepOutcome {
        var outputs: JSONObject = ["url": .string(result.url), "title": .string(try await page.title(until: deadline))]
        outputs["status"] = result.status.map { JSONValue($0) }
        return StepOutcome(outputs: outputs, touched: result.url, url: result.url)
    }

    func switchPage(_ task: ToDo, until deadline: ContinuousClock.Instant) async throws -> StepOutcome {
        let name = try task.requiredString("as")
        let (url, title, index) = (
            try task.optionalString("url"), try task.optionalString("title"), try task.optionalCount("index")
        )
        var seen: [String] = []
        while true {
            seen = []
            for (place, page) in await context.pages.enumerated() {
                let (address, caption) = (await page.url, (try? await page.title(until: .now + .seconds(2))) ?? "")
                seen.append("\(address) \"\(caption)\"")
                let isMeant = url.map(address.contains) ?? title.map(caption.contains) ?? (index == place)
                guard isMeant else { continue }
                await setPage(page, name: name)
                try await page.bringToFront(until: deadline)
                return StepOutcome(
                    outputs: ["url": .string(address), "title": .string(caption)],
                    touched: "page \"\(caption)\"",
                    url: address
                )
            }
            guard deadline - .now > .milliseconds(100) else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BrowserError(
            .notFound,
            "No open page is meant by the task '\(task.id)'. Open are: \(seen.joined(separator: ", "))"
        )
    }
}
