import JSON

extension PageSession {
    /// Takes a picture of an element, the view or the whole page: caret hidden, animations at rest, secrets blanked.
    ///
    /// - Parameters:
    ///   - mask: elements that must not be seen.
    ///   - stopsAnimations: endless ones go on afterwards; finite ones are at their end.
    package func picture(
        of selector: Selector? = nil,
        _ options: ScreenshotOptions = .init(),
        mask: [Selector] = [],
        stopsAnimations: Bool = true,
        until deadline: ContinuousClock.Instant
    ) async throws -> (screenshot: Screenshot, report: ActionReport) {
        var options = options
        var report = ActionReport(touched: "page")
        if let selector {
            let box = try await ask("boxForShot", ["selector": selector.json], until: deadline)
            report = box.report
            options.area = .clip(box.rectangle)
        }
        let preparation: JSONObject = [
            "mask": .array(mask.map(\.json)), "animations": .string(stopsAnimations ? "stop" : "run"),
        ]
        _ = try await ask("still", preparation, until: deadline)
        do {
            let screenshot = try await self.screenshot(options, deadline: deadline - .now)
            await unstill()
            return (screenshot, report)
        } catch {
            await unstill()
            throw error
        }
    }

    /// Puts the page back; a page that cannot be put back any more is gone anyway.
    private func unstill() async {
        _ = try? await callAgent("unstill", [:], deadline: .seconds(2))
    }
}

extension AgentAnswer {
    /// A box in page coordinates.
    var rectangle: Rectangle {
        Rectangle(
            x: result["x"]?.double ?? 0,
            y: result["y"]?.double ?? 0,
            width: result["width"]?.double ?? 0,
            height: result["height"]?.double ?? 0
        )
    }
}
