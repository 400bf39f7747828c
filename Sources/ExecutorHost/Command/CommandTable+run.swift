import JSON
import JobModel

extension CommandTable {
    private static let variable = Option.value(
        "--var",
        "name=value",
        "a variable of the scenario; JSON when it reads as JSON",
        isRepeatable: true
    )
    private static let file = Option.value(
        "--file",
        "name=path",
        "a file the scenario uses under this name",
        isRepeatable: true
    )

    static func run(_ signals: Signals) -> Command {
        Command(
            name: "run",
            summary: "Runs a scenario here and now; needs no server.",
            arguments: [.init(name: "FILE")],
            options: [
                variable, file,
                .value("--trace", "when", "keep trace.html: on, off or on_failure (the scenario's word)"),
                .setting("--redis", "url", .redisURL), .setting("--secrets", "file", .secretsFile),
                .setting("--allow-scripts", nil, .browserScripts),
                .flag("--headed", "in a window (package chromium, a display)"),
                .value("--slow", "duration", "wait so long before every step"),
                .flag("--pause-on-error", "stop at a failing step with its page open, and ask what to do"),
                .setting("--cdp", "websocket|pipe", .browserCDP),
            ],
            examples: [
                "cpa run scenarios/hello.yaml", "cpa run invoice.yaml --var customer='Firma X' --file list=list.csv",
                "cpa run invoice.yaml --headed --slow 500ms --pause-on-error",
                "cpa run invoice.yaml --json | jq -r 'select(.type == \"result\").job.state'",
            ],
            hearsSignals: true,
            run: { invocation in
                var scenario = try await signals.cancelling { try await Self.scenario(of: invocation) }
                if let word = invocation.arguments.value("--trace") {
                    guard ["on", "off", "on_failure"].contains(word) else {
                        throw UsageError(message: "--trace: '\(word)' is not on, off or on_failure", command: "run")
                    }
                    scenario.set(browser: "trace", .string(word))
                }
                let attendance = try Attendance(invocation.arguments)
                return try await LocalRun(invocation, signals: signals, attendance: attendance)
                    .run(scenario, files: try files(of: invocation))
            }
        )
    }

    static let validate = Command(
        name: "validate",
        summary: "Checks a scenario without running it.",
        arguments: [.init(name: "FILE", isOptional: true)],
        options: [variable, .flag("--schema", "prints the JSON Schema of scenario files, for editors")],
        examples: [
            "cpa validate scenarios/portal-to-mail.yaml", "make-scenario | cpa validate - --json",
            "cpa validate --schema > scenario.schema.json",
        ],
        run: { invocation in
            if invocation.arguments.flags.contains("--schema") {
                invocation.terminal.result(text: ScenarioJSONSchema.json.text(.pretty))
                return .ok
            }
            guard !invocation.arguments.positionals.isEmpty else {
                throw UsageError(message: "'validate' needs FILE, or --schema", command: "validate")
            }
            let scenario: Scenario
            do {
                scenario = try await Self.scenario(of: invocation)
            } catch let error as InvalidInput where invocation.isJSON {
                invocation.terminal.result(error.json.text())
                return .problem
            }
            let batches = scenario.graph.parallelBatches ?? []
            if invocation.isJSON {
                let json: JSONObject = [
                    "name": .string(scenario.name), "tasks": JSONValue(scenario.tasks.count),
                    "batches": .array(batches.map { .array($0.map { .string(scenario.tasks[$0].id.rawValue) }) }),
                ]
                invocation.terminal.result(json.text())
            } else {
                invocation.terminal.result("\(scenario.name): \(scenario.tasks.count) tasks, valid")
                for (index, batch) in batches.enumerated() {
                    let ids = batch.map { scenario.tasks[$0].id.rawValue }.joined(separator: ", ")
                    invocation.terminal.result("  \(index + 1)  \(ids)")
                }
            }
            return .ok
        }
    )

    // MARK: Arguments

    /// As much as the API takes.
    private static let scenarioLimit = 8 << 20

    /// The scenario in FILE (`-` for standard input) with the variables of `--var`.
    static func scenario(of invocation: Invocation) async throws -> Scenario {
        let file = InputFile(path: invocation.arguments.positionals[0], content: "scenario", limit: scenarioLimit)
        let bytes = try await file.read()
        var variables = JSONObject()
        for (name, value) in try pairs(invocation.arguments.values["--var"] ?? [], "--var", "name=value") {
            variables[name] = (try? JSONValue(parsing: value)) ?? .string(value)
        }
        return try Scenario(parsing: bytes, file: file.name, variables: variables)
    }

    /// What `--file` names.
    static func files(of invocation: Invocation) throws(UsageError) -> [AttachedFile] {
        try pairs(invocation.arguments.values["--file"] ?? [], "--file", "name=path")
            .map { AttachedFile(name: $0.0, path: $0.1) }
    }

    static func pairs(_ words: [String], _ option: String, _ form: String) throws(UsageError) -> [(String, String)] {
        var pairs: [(String, String)] = []
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw UsageError(message: "\(option): '\(word)' is not of the form \(form)")
            }
            pairs.append((String(parts[0]), String(parts[1])))
        }
        return pairs
    }
}
