import CDP
import CDPProtocol
import JSON

extension PageSession {
    /// Replaces what is in a field; empty text clears it.
    ///
    /// - Parameter isSecret: screenshots blank the field from now on, and errors do not quote the text.
    @discardableResult
    package func fill(
        _ selector: Selector,
        _ text: String,
        isSecret: Bool = false,
        isForced: Bool = false,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        let arguments: JSONObject = [
            "selector": selector.json, "value": .string(text), "secret": .bool(isSecret), "force": .bool(isForced),
        ]
        var missed: [String] = []
        var thief: String?
        while true {
            do {
                let prepared = try await ask("prepareFill", arguments, until: deadline)
                var report = prepared.report
                report.callLog = missed + report.callLog
                thief = try await enterPrepared(prepared, text, until: deadline)
                guard let thief else { return report }
                missed.append("\(thief) took the focus: nothing was entered, trying again")
                if deadline <= .now { throw BrowserError(.timeout, "") }
            } catch let error as BrowserError where error.code == .timeout {
                guard let thief else { throw error }
                throw BrowserError(
                    .timeout,
                    "Whenever \(selector.source) was to be filled, \(thief) took the focus; wait until the page leaves it alone",
                    callLog: missed + error.callLog
                )
            }
        }
    }

    /// Enters what a prepared field needs; returns who took it instead.
    private func enterPrepared(
        _ prepared: AgentAnswer,
        _ text: String,
        until deadline: ContinuousClock.Instant
    ) async throws -> String? {
        switch prepared.result["needs"]?.string {
        case "text":
            return try await enterWatched([InputDomain.InsertText(text: text)], in: prepared.frame, until: deadline)
        case "delete":
            return try await enterWatched(KeyChord(parsing: "Delete").commands, in: prepared.frame, until: deadline)
        default:
            try await enter([], in: prepared.frame, until: deadline)
            return nil
        }
    }

    /// Sends what the agent watches for, and its confirmation, in one write.
    ///
    /// - Returns: who had the focus instead; then nothing was entered anywhere.
    private func enterWatched(
        _ inputs: [any CDPCommand],
        in frame: PageDomain.FrameID?,
        until deadline: ContinuousClock.Instant
    ) async throws -> String? {
        var answer: AgentAnswer?
        do {
            let first = Confirmation(function: "entered", argument: [:], frame: frame)
            answer = try await perform(inputs, confirmedBy: first, deadline: deadline - .now).map {
                try AgentAnswer($0)
            }
            if answer?.result["silent"]?.bool == true {
                let last = Confirmation(function: "entered", argument: ["isLast": true], frame: frame)
                answer = try await perform([], confirmedBy: last, deadline: deadline - .now).map { try AgentAnswer($0) }
            }
        } catch let error as BrowserError where error.code == .pageClosed {
            // Input that closes its page has done its work.
            return nil
        } catch let error as BrowserError where error.code == .documentReplaced {
            // So has input that removes its frame.
            return nil
        }
        try await untilNoNavigation(deadline)
        return answer?.result["missed"]?.string
    }

    /// Types text key by key, at the end of the element or where the focus is.
    @discardableResult
    package func type(
        _ selector: Selector?,
        _ text: String,
        delay: Duration = .zero,
        isSecret: Bool = false,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        var arguments: JSONObject = ["caret": "end", "secret": .bool(isSecret)]
        arguments["selector"] = selector?.json
        let prepared = try await ask("prepareKeys", arguments, until: deadline)
        if delay == .zero {
            try await enter(text.flatMap(Self.typing), in: prepared.frame, until: deadline)
        } else {
            for character in text {
                try await enter(Self.typing(character), in: prepared.frame, until: deadline)
                try await Task.sleep(for: min(delay, max(deadline - .now, .zero)))
                guard deadline > .now else { throw BrowserError(.timeout, "Typing was not over in time") }
            }
        }
        return prepared.report
    }

    /// The key of a character, or the character alone when no key types it.
    private static func typing(_ character: Character) -> [any CDPCommand] {
        guard let key = Key.typing(character) else { return [InputDomain.InsertText(text: String(character))] }
        return KeyChord(key).commands
    }

    /// Presses a key or a chord, on the element or where the focus is.
    @discardableResult
    package func press(
        _ selector: Selector?,
        _ chord: KeyChord,
        delay: Duration = .zero,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        var arguments = JSONObject()
        arguments["selector"] = selector?.json
        let prepared = try await ask("prepareKeys", arguments, until: deadline)
        var commands = chord.commands
        if delay > .zero {
            let downs = chord.events.prefix { $0.kind == .down }.count
            _ = try await perform(Array(commands.prefix(downs)), confirmedBy: nil, deadline: deadline - .now)
            try await Task.sleep(for: min(delay, max(deadline - .now, .zero)))
            commands.removeFirst(downs)
        }
        try await enter(commands, in: prepared.frame, until: deadline)
        return prepared.report
    }

    /// Chooses options of a `<select>`; waits until they are there and enabled.
    ///
    /// - Returns: in `value` the values chosen.
    @discardableResult
    package func select(
        _ selector: Selector,
        _ options: [SelectOption],
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        let arguments: JSONObject = ["selector": selector.json, "options": .array(options.map(\.json))]
        let chosen = try await ask("selectOptions", arguments, until: deadline)
        try await enter([], in: chosen.frame, until: deadline)
        var report = chosen.report
        report.value = .array(chosen.result["selected"]?.array?.compactMap { $0["value"] } ?? [])
        return report
    }

    /// Puts files into a file field.
    ///
    /// - Parameter paths: absolute, readable by the browser's user.
    @discardableResult
    package func upload(
        _ selector: Selector,
        paths: [String],
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        let arguments: JSONObject = ["selector": selector.json, "count": JSONValue(paths.count)]
        let prepared = try await ask("prepareUpload", arguments, until: deadline)
        let frame = prepared.frame
        let place = try await agentPlace(of: frame, until: deadline)
        guard let field = try await agentObject("cpaAgent.uploadElement()", in: frame, deadline: deadline - .now) else {
            throw BrowserError(
                .documentReplaced,
                "The page went to another document before the files were put in; try again"
            )
        }
        defer { place.session.post(RuntimeDomain.ReleaseObject(objectID: field)) }
        try await call(
            DOMDomain.SetFileInputFiles(files: paths, objectID: field),
            on: place.session,
            deadline: deadline - .now
        )
        try await enter([], in: frame, until: deadline)
        return prepared.report
    }
}
