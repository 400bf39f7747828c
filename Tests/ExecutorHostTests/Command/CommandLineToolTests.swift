import FoundationEssentials
import JSON
import Synchronization
import TestSupport
import Testing

@testable import ExecutorHost

struct CommandLineToolTests {
    /// What a command wrote and how it ended.
    private struct Outcome {
        var code: ExitCode
        var result: [String]
        var notes: [String]
    }

    private func run(_ words: [String], _ environment: [String: String] = [:]) async -> Outcome {
        let lines = Mutex((result: [String](), notes: [String]()))
        let terminal = Terminal(
            result: { line in lines.withLock { $0.result.append(line) } },
            note: { line in lines.withLock { $0.notes.append(line) } }
        )
        let code = await CommandLineTool(environment: environment, terminal: terminal, signals: Signals()).run(words)
        return lines.withLock { Outcome(code: code, result: $0.result, notes: $0.notes) }
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test(arguments: [["--help"], ["-h"], ["help"]])
    func `help lists every command on standard output`(words: [String]) async {
        let outcome = await run(words)
        #expect(outcome.code == .ok)
        for name in [
            "run", "validate", "serve", "worker", "submit", "watch", "jobs", "cancel", "explain", "resolve", "retry",
            "dead", "queue",
            "schedules",
            "audit", "backup", "restore", "doctor",
        ] {
            #expect(outcome.result.joined().contains("\n  \(name) "))
        }
    }

    @Test func `each command has help of its own`() async {
        let help = await run(["run", "--help"])
        #expect(help.code == .ok)
        #expect(
            help.result.joined().hasPrefix("Runs a scenario here and now; needs no server.\n\nUSAGE\n  cpa run FILE")
        )
        #expect(await run(["help", "run"]).result == help.result)
    }

    @Test(arguments: [
        ("run", "jq -r 'select(.type == \"result\").job.state'"), ("audit", "[ID|FILE]"),
        ("audit", "cpa audit export audit.jsonl"), ("retry", "a done one with --fresh"),
    ])
    func `help shows what the command takes`(command: String, words: String) async {
        #expect(await run([command, "--help"]).result.joined(separator: "\n").contains(words))
    }

    @Test func `the version is one line`() async {
        #expect(await run(["--version"]).result == ["cpa \(CommandLineTool.version)"])
    }

    @Test(arguments: [
        ([], ExitCode.usage, "cpa runs browser"), (["rnu"], .usage, "there is no command 'rnu'; did you mean 'run'?"),
        (["run"], .usage, "'run' needs FILE; see cpa run --help"),
        (["run", "/nowhere.yaml"], .usage, "cannot read the scenario /nowhere.yaml: No such file or directory"),
        (["jobs", "--config", "/nowhere"], .usage, "cannot read the settings file /nowhere"),
        (["worker"], .usage, "a worker needs the Redis of its scheduler"),
        (["jobs", "--data-dir", "/nowhere"], .usage, "there is no API key: set CPA_API_KEY"),
    ])
    func `a wrong command line says what to write, on standard error`(
        words: [String],
        code: ExitCode,
        message: String
    ) async {
        let outcome = await run(words)
        #expect(outcome.code == code)
        #expect(outcome.notes.joined(separator: "\n").contains(message))
        #expect(outcome.result.isEmpty)
    }

    @Test func `a server that does not answer is unavailable`() async {
        let outcome = await run(["jobs", "--scheduler", "http://127.0.0.1:1"], ["CPA_API_KEY": "k"])
        #expect(outcome.code == .unavailable)
        #expect(outcome.notes.joined().contains("the API at http://127.0.0.1:1 does not answer"))
    }

    @Test func `a scenario that is not valid ends with its problems`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/bad.yaml"
            try write("tasks:\n  - {action: clik}\n", to: path)
            for command in ["validate", "run"] {
                let outcome = await run([command, path])
                #expect(outcome.code == .problem)
                #expect(
                    outcome.notes == ["\(path):2:14: tasks[0].action: there is no action 'clik'; did you mean 'click'?"]
                )
            }
        }
    }

    @Test func `problems of a scenario are one JSON object where JSON is wanted`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/bad.yaml"
            try write("tasks:\n  - {action: clik}\n  - {action: goto}\n", to: path)
            let outcome = await run(["validate", path, "--json"])
            #expect(outcome.code == .problem)
            #expect(outcome.notes.isEmpty && outcome.result.count == 1)
            let json = try JSONValue(parsing: try #require(outcome.result.first))
            #expect(json["file"]?.string == path)
            #expect(json["problems"]?.array?.count == 2)
            #expect(
                json["problems"]?[0]
                    == [
                        "pointer": "/tasks/0/action", "line": 2, "column": 14,
                        "message": "there is no action 'clik'; did you mean 'click'?",
                    ]
            )
        }
    }

    @Test func `how a sentence is understood is told in the words of the API`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/intents.yaml"
            let scenario = "scenario: { tasks: [{ action: hash_file, path: x }] }"
            try write(
                """
                intents:
                  - { name: greet, summary: a, patterns: [greet anna], examples: [greet anna], \(scenario) }
                  - { name: wave, summary: b, keywords: [greet], examples: [wave at anna], \(scenario) }
                """,
                to: path
            )
            let known = await run(["intents", "test", "greet anna", "--intents", path, "--json"])
            let understood = try JSONValue(parsing: try #require(known.result.first, "\(known)"))
            #expect(known.code == .ok && understood["intent"] == "greet" && understood["nearest"] == nil)
            #expect(understood["alternatives"] == [["intent": "wave", "confidence": 0.6]], "\(understood)")
            let unknown = await run(["intents", "test", "wave at bert", "--intents", path, "--json"])
            let meaningless = try JSONValue(parsing: try #require(unknown.result.first, "\(unknown)"))
            #expect(unknown.code == .failed && meaningless["intent"] == "unknown" && meaningless["alternatives"] == nil)
            #expect(meaningless["nearest"]?[0]?["intent"] == "wave", "\(meaningless)")
            #expect(meaningless["nearest"]?[0]?["example"] == "wave at anna")
            #expect(meaningless["nearest"]?[0]?["confidence"]?.double != nil)
        }
    }

    @Test func `of what does not end only so much is read`() async {
        let outcome = await run(["validate", "/dev/zero"])
        #expect(outcome.code == .usage)
        #expect(outcome.notes.joined().contains("the scenario /dev/zero has more than 8388608 bytes"), "\(outcome)")
    }

    @Test(arguments: [["validate"], ["run"], ["submit", "--bulk"]])
    func `a directory is named as one`(words: [String]) async throws {
        try await withTemporaryDirectory { directory in
            let outcome = await run(words + [directory], ["CPA_API_KEY": "k"])
            #expect(outcome.code == .usage)
            #expect(outcome.notes.joined().contains("\(directory): Is a directory; name a file in it"), "\(outcome)")
        }
    }

    @Test func `a job of files runs to its end and leaves its files`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/files.yaml"
            let text = """
                variables: {who: nobody}
                tasks:
                  - {id: write, action: write_file, path: a.txt, text: "Hallo {{ variables.who }}"}
                  - {id: read, action: read_file, path: "{{ tasks.write.artifact }}"}
                outputs: {text: "{{ tasks.read.text }}"}
                """
            try write(text, to: path)
            let outcome = await run(["run", path, "--var", "who=Welt", "--data-dir", directory + "/data", "--json"])
            #expect(outcome.code == .ok, "\(outcome)")
            let last = try JSONValue(parsing: try #require(outcome.result.last))
            #expect(last["job"]?["state"] == "done")
            #expect(last["job"]?["outputs"]?["text"] == "Hallo Welt")
            let file = try #require(last["job"]?["files"]?["a.txt"]?.string)
            #expect(try String(contentsOf: URL(filePath: file), encoding: .utf8) == "Hallo Welt")
            let sequence = try outcome.result.dropLast().compactMap { try JSONValue(parsing: $0)["seq"]?.int }
            #expect(sequence == Array(1...sequence.count))
        }
    }

    @Test(arguments: [
        ("/nope", "cannot read /nope: No such file or directory"),
        ("/etc", "cannot read /etc: Is a directory; name a file in it"),
        // Opens, and breaks while it is read: nothing is mapped at its beginning.
        ("/proc/self/mem", "cannot read /proc/self/mem: Input/output error"),
    ])
    func `a file that cannot be read is refused with its cause, and there is no job of it`(
        file: String,
        words: String
    ) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/hash.yaml"
            try write("tasks:\n  - {action: hash_file, path: x}\n", to: path)
            let outcome = await run(["run", path, "--file", "x=\(file)", "--data-dir", directory + "/data"])
            #expect(outcome.code == .usage)
            #expect(outcome.notes == ["cpa: --file x: \(words)"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/data/jobs") == [])
        }
    }

    @Test(arguments: [
        (["run", "FILE", "--var", "foo"], "--var: 'foo' is not of the form name=value; see cpa run --help"),
        (["run", "FILE", "--file", "x"], "--file: 'x' is not of the form name=path; see cpa run --help"),
        (["submit", "FILE", "--file", "=x"], "--file: '=x' is not of the form name=path; see cpa submit --help"),
        (["validate", "FILE", "--var", "foo"], "see cpa validate --help"),
        (
            ["schedule", "do it", "--slot", "foo"],
            "--slot: 'foo' is not of the form name=value; see cpa schedule --help"
        ),
    ])
    func `a pair that is none is led to the help that has it`(words: [String], message: String) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/wait.yaml"
            try write("tasks:\n  - {action: reload}\n", to: path)
            let outcome = await run(words.map { $0 == "FILE" ? path : $0 }, ["CPA_API_KEY": "k"])
            #expect(outcome.code == .usage)
            #expect(outcome.notes.joined().contains(message), "\(outcome)")
        }
    }

    @Test func `a job that fails ends with 1 and says why`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/fails.yaml"
            try write("tasks:\n  - {id: read, action: read_file, path: nothing.txt}\n", to: path)
            let outcome = await run(["run", path, "--data-dir", directory + "/data"])
            #expect(outcome.code == .failed)
            #expect(outcome.result.joined(separator: "\n").contains("artifact_missing in step 'read'"))
            #expect(outcome.notes.contains { $0.contains("failed") && $0.contains("artifact_missing") })
        }
    }
}
