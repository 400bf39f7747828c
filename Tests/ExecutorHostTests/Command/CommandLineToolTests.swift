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
