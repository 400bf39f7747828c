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
        var arguments: JSONObject = [
            "selector": selector.json, "value": .string(text), "secret": .bool(isSecret), "force": .bool(isForced),
            "veil": .bool(isRecorded),
        ]
        var log: [String] = []
        var thief: String?
        var refusals = 0
        while true {
            do {
                // Once more by keys, for fields that listen to those alone.
                let byKeys = refusals == 1 && text.count <= 2000
                arguments["byKeys"] = .bool(byKeys)
                // Keys are many events: which is the last one only the browser's replies say.
                let confirmation = byKeys ? nil : "entered"
                let prepared = try await ask("prepareFill", arguments, confirmedBy: confirmation, until: deadline)
                switch try await enter(prepared, byKeys: byKeys, until: deadline) {
                case .kept(let answer):
                    let touched = answer?.result["touched"]?.string ?? prepared.result["touched"]?.string
                    let lines = prepared.log + (answer?.log ?? [])
                    return ActionReport(touched: touched ?? selector.source, callLog: log + lines)
                case .missed(let who):
                    thief = who
                    log.append("\(who) took the focus: nothing was entered, trying again")
                    if deadline <= .now { throw BrowserError(.timeout, "") }
                case .undone(let what):
                    refusals += 1
                    log.append(what)
                    // By text, by keys and by text again: the page does not want it.
                    guard refusals == 3 || deadline <= .now else { continue }
                    let remedy = "The page undoes what is entered; fill it later, or use type"
                    throw BrowserError(.expectationFailed, "\(what). \(remedy)", callLog: log)
                }
            } catch let error as BrowserError where error.code == .timeout {
                guard let thief else { throw error }
                throw BrowserError(
                    .timeout,
                    "Whenever \(selector.source) was to be filled, \(thief) took the focus; wait until the page leaves it alone",
                    callLog: log + error.callLog
                )
            }
        }
    }

    /// What became of an entered text.
    private enum Entry {
        /// The field has it, as the agent says; nil: nobody had to be asked, or the page went on before it answered.
        case kept(AgentAnswer?)
        /// Somebody else had the focus; nothing was entered anywhere.
        case missed(String)
        /// The field does not hold it; the sentence says what instead.
        case undone(String)
    }

    /// Enters what a prepared field needs, if that has not been entered in the page, and waits for the confirmation.
    private func enter(
        _ prepared: AgentAnswer,
        byKeys: Bool,
        until deadline: ContinuousClock.Instant
    ) async throws -> Entry {
        defer { if let waiting = prepared.confirmation { drop(waiting) } }
        let text = prepared.result["text"]?.string ?? ""
        var inputs: [any CDPCommand] = []
        switch prepared.result["needs"]?.string {
        case "text":
            inputs = byKeys ? text.flatMap(Self.typing) : [InputDomain.InsertText(text: text)]
        case "delete": inputs = try KeyChord(parsing: "Delete").commands
        case "confirmation": break
        default:
            try await enter([], in: prepared.frame, until: deadline)
            return .kept(nil)
        }
        let last = Confirmation(function: "entered", argument: ["isLast": true], frame: prepared.frame)
        let answer: AgentAnswer?
        do {
            _ = try await perform(inputs, confirmedBy: nil, deadline: deadline - .now)
            var reply: JSONValue?
            if let waiting = prepared.confirmation { reply = try await finishAgentCall(waiting) }
            if reply == nil || reply?["ok"]?["silent"]?.bool == true {
                reply = try await perform([], confirmedBy: last, deadline: deadline - .now)
            }
            answer = try reply.map { try AgentAnswer($0) }
        } catch let error as BrowserError where error.code == .pageClosed {
            // Input that closes its page has done its work.
            return .kept(nil)
        } catch let error as BrowserError where error.code == .documentReplaced {
            // So has input that removes its frame, or goes to another document.
            try await untilNoNavigation(deadline)
            return .kept(nil)
        }
        try await untilNoNavigation(deadline)
        if let who = answer?.result["missed"]?.string { return .missed(who) }
        if let what = answer?.result["undone"]?.string { return .undone(what) }
        return .kept(answer)
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
        var arguments: JSONObject = ["caret": "end", "secret": .bool(isSecret), "veil": .bool(isRecorded)]
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
        times: Int = 1,
        delay: Duration = .zero,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        var arguments = JSONObject()
        arguments["selector"] = selector?.json
        let prepared = try await ask("prepareKeys", arguments, until: deadline)
        for _ in 0..<max(times, 1) { try await press(chord, delay, in: prepared.frame, until: deadline) }
        return prepared.report
    }

    private func press(
        _ chord: KeyChord,
        _ delay: Duration,
        in frame: PageDomain.FrameID?,
        until deadline: ContinuousClock.Instant
    ) async throws {
        var commands = chord.commands
        if delay > .zero {
            let downs = chord.events.prefix { $0.kind == .down }.count
            _ = try await perform(Array(commands.prefix(downs)), confirmedBy: nil, deadline: deadline - .now)
            try await Task.sleep(for: min(delay, max(deadline - .now, .zero)))
            commands.removeFirst(downs)
        }
        try await enter(commands, in: frame, until: deadline)
    }

    /// Chooses options of a `<select>`; waits until they are there and enabled.
    ///
    /// - Returns: in `value` the values chosen.
    @discardableResult
    package func select(
        _ selector: Selector,
        _ options: [SelectOption],
        isForced: Bool = false,
        until deadline: ContinuousClock.Instant
    ) async throws -> ActionReport {
        let arguments: JSONObject = [
            "selector": selector.json, "options": .array(options.map(\.json)), "force": .bool(isForced),
        ]
        let chosen = try await ask("selectOptions", arguments, until: deadline)
        try await enter([], in: chosen.frame, until: deadline)
        var report = chosen.report
        report.value = .array(chosen.result["selected"]?.array?.compactMap { $0["value"] } ?? [])
        return report
    }
}
