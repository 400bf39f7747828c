import JSON
import JobModel
import Planning

extension CommandTable {
    /// A job from a sentence.
    static let schedule = Command(
        name: "schedule",
        summary: "Hands a sentence to a server, which submits what it asks for.",
        arguments: [.init(name: "SENTENCE", isOptional: true)],
        options: [
            .setting("--scheduler", "url", .schedulerURL),
            .value("--intent", "name", "the intent by its name, instead of a sentence"),
            .value("--slot", "name=value", "a value the sentence does not say", isRepeatable: true),
            .value("--var", "name=value", "another variable of the scenario", isRepeatable: true),
            .value("--idempotency-key", "key", "submitting twice with one key makes one job"),
            .flag("--dry-run", "only say what it would come to"),
            .flag("--wait", "watch it to its end"),
        ],
        examples: [
            "cpa schedule 'Schick Anna die letzte Rechnung von Firma X' --wait",
            "cpa schedule --intent export_pdf --slot url=https://example.com/",
        ],
        run: { invocation in
            let body = try order(invocation)
            return try await SchedulerClient.with(invocation.configuration) { client in
                let answer = try await client.post("/schedule", body)
                let id = answer["id"]?.string
                let isWatched = invocation.arguments.flags.contains("--wait") && id != nil
                if invocation.isJSON {
                    invocation.terminal.result(answer.text())
                } else {
                    invocation.terminal.note(understood(answer["routing"]?.object ?? [:]))
                    if let id, !isWatched { invocation.terminal.result(id) }
                }
                guard isWatched, let id else { return .ok }
                return try await RemoteWatch(client: client, invocation: invocation).follow(id)
            }
        }
    )

    /// What sentences may ask for.
    static let intents = Command(
        name: "intents",
        summary: "Lists what sentences may ask for, or says how one is understood; needs no server.",
        arguments: [.init(name: "list|test"), .init(name: "SENTENCE", isOptional: true)],
        options: [.setting("--intents", "file", .intentsFile)],
        examples: ["cpa intents list", "cpa intents test 'Schick Anna die letzte Rechnung von Firma X'"],
        run: { invocation in
            let words = invocation.arguments.positionals
            let path = invocation.configuration.text(.intentsFile)
            switch (words[0], words.dropFirst().first) {
            case ("list", nil):
                let catalogue = try await IntentCatalogue(path: path)
                for intent in catalogue.registry.intents { invocation.terminal.result(row(of: intent, invocation)) }
                return .ok
            case ("test", let sentence?):
                return try await test(sentence, try await IntentCatalogue(path: path), invocation)
            case ("test", nil): throw UsageError(message: "'intents test' needs SENTENCE", command: "intents")
            default:
                throw UsageError(
                    message: "there is no 'intents \(words.joined(separator: " "))'; use list or test SENTENCE",
                    command: "intents"
                )
            }
        }
    )

    // MARK: Parts

    private static func order(_ invocation: Invocation) throws -> JSONObject {
        let arguments = invocation.arguments
        var body = JSONObject()
        switch (arguments.positionals.first, arguments.value("--intent")) {
        case (let sentence?, nil): body["message"] = .string(sentence)
        case (nil, let name?): body["intent"] = .string(name)
        default:
            throw UsageError(message: "'schedule' needs either SENTENCE or --intent", command: "schedule")
        }
        for (option, member) in [("--slot", "slots"), ("--var", "variables")] {
            var values = JSONObject()
            for (name, value) in try pairs(arguments.values[option] ?? [], option, "name=value") {
                // A slot is read as a sentence would say it, a variable as --var everywhere.
                let parsed = option == "--var" ? try? JSONValue(parsing: value) : nil
                values[name] = parsed ?? .string(value)
            }
            if !values.isEmpty { body[member] = .object(values) }
        }
        body["idempotency_key"] = arguments.value("--idempotency-key").map { .string($0) }
        if arguments.flags.contains("--dry-run") { body["dry_run"] = true }
        return body
    }

    private static func understood(_ routing: JSONObject) -> String {
        let slots = (routing["slots"]?.object ?? [:]).map { "\($0)=\($1.string ?? $1.text())" }
        let percent = Int(((routing["confidence"]?.double ?? 0) * 100).rounded())
        return "\(routing["intent"]?.string ?? "")  \(percent) %  \(slots.joined(separator: "  "))"
    }

    private static func row(of intent: Intent, _ invocation: Invocation) -> String {
        guard !invocation.isJSON else {
            return JSONValue.object([
                "name": .string(intent.name), "summary": .string(intent.summary),
                "slots": .array(intent.slots.map { .string($0.name) }),
                "examples": .array(intent.examples.map { .string($0) }),
            ]).text()
        }
        return "\(ProgressPrinter.pad(intent.name, 20))  \(intent.summary)"
    }

    private static func test(
        _ sentence: String,
        _ catalogue: IntentCatalogue,
        _ invocation: Invocation
    ) async throws -> ExitCode {
        let decision = try await catalogue.decide(sentence)
        let intent = (decision.best?.intent).flatMap(catalogue.registry.intent)
        var problem: InvalidInput?
        var values = JSONObject()
        for (name, value) in decision.best?.slots ?? [:] { values[name] = .string(value) }
        do {
            if let order = try intent?.order(slots: values) { values = order.variables }
        } catch { problem = error }
        if invocation.isJSON {
            var json: JSONObject = ["intent": .string(intent?.name ?? "unknown"), "router": .string(decision.router)]
            json["confidence"] = .number(((decision.best?.confidence ?? 0) * 1000).rounded() / 1000)
            json["evidence"] = decision.best.map { .string($0.evidence) }
            json["slots"] = .object(values)
            // In the API's words: what else a sentence may mean, or, where it means nothing that is known, what is nearest.
            if intent == nil {
                let registry = catalogue.registry
                json["nearest"] = .array(decision.nearest.map { .object($0.json(registry.intent($0.intent))) })
            } else {
                json["alternatives"] = .array(decision.nearest.map { .object($0.json()) })
            }
            json["problem"] = problem.map { .string($0.description) }
            invocation.terminal.result(json.text())
        } else {
            show(decision, values, invocation.terminal)
        }
        if let problem { throw problem }
        return intent == nil ? .failed : .ok
    }

    private static func show(_ decision: IntentDecision, _ values: JSONObject, _ terminal: Terminal) {
        func percent(_ candidate: IntentDecision.Candidate) -> String {
            "\(Int((candidate.confidence * 100).rounded())) %"
        }
        if let best = decision.best {
            terminal.result("\(best.intent)  \(percent(best)) by \(best.evidence)")
            for (name, value) in values { terminal.result("  \(name): \(value.string ?? value.text())") }
        } else {
            terminal.result("unknown")
        }
        for other in decision.nearest {
            terminal.result("  or \(other.intent)  \(percent(other)) by \(other.evidence)")
        }
        for problem in decision.problems { terminal.note(problem) }
    }
}
