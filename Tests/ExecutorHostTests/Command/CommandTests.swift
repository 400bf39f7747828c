import Testing

@testable import ExecutorHost

struct CommandTests {
    private let command = Command(
        name: "run",
        summary: "Runs a scenario.",
        arguments: [.init(name: "FILE"), .init(name: "OTHER", isOptional: true)],
        options: [
            .value("--var", "name=value", "a variable", isRepeatable: true), .setting("--redis", "url", .redisURL),
            .setting("--workers", "count", .workers), .value("--out", "path", "where to"), .flag("--quiet", "say less"),
        ],
        examples: ["cpa run a.yaml"],
        run: { _ in .ok }
    )

    @Test func `reads flags, values, settings and words`() throws {
        let words = ["a.yaml", "--var", "x=1", "--var=y=2", "--quiet", "--redis", "redis://h", "--json"]
        let arguments = try command.parse(words[...])
        #expect(arguments.positionals == ["a.yaml"])
        #expect(arguments.values["--var"] == ["x=1", "y=2"])
        #expect(arguments.flags == ["--quiet", "--json"])
        #expect(arguments.settings == ["redis_url": "redis://h"])
    }

    @Test func `after two dashes everything is a word`() throws {
        #expect(try command.parse(["--", "--json"]).positionals == ["--json"])
    }

    @Test func `help is asked for before anything is missing`() throws {
        #expect(try command.parse(["-h"]).flags == ["--help"])
        #expect(try command.parse(["--help"]).flags == ["--help"])
    }

    @Test(arguments: [
        ([], "'run' needs FILE"), (["a", "b", "c"], "'c' is one word too many"),
        (["a", "--jsn"], "there is no option '--jsn'; did you mean '--json'?"),
        (["a", "--redis"], "--redis needs a value: --redis <url>"), (["a", "--quiet=1"], "--quiet takes no value"),
        (["a", "--out", "x", "--out", "y"], "--out is there twice"),
        (["a", "--workers", "many"], "--workers: 'many' must be a whole number from 0 to 64"),
        (["a", "-x"], "there is no option '-x'"),
    ])
    func `says what is wrong with a command line`(words: [String], message: String) throws {
        let error = try #require(throws: UsageError.self) { try command.parse(words[...]) }
        #expect(error.message == message)
        #expect(error.command == "run")
    }

    @Test func `help shows what the parser reads`() {
        #expect(
            command.help == """
                Runs a scenario.

                USAGE
                  cpa run FILE [OTHER] [options]

                OPTIONS
                  --var <name=value>  a variable
                  --redis <url>       Redis for dispatch: redis://host:port/0 or unix:///path
                  --workers <count>   jobs at once in this process (2)
                  --out <path>        where to
                  --quiet             say less

                COMMON OPTIONS
                  --config <file>         settings to read (./cpa.yaml when there is one)
                  --data-dir <directory>  where jobs, files and keys are kept (./data)
                  --log-level <level>     lowest level written (info)
                  --json                  write JSON lines instead of text
                  --help                  show this

                EXAMPLES
                  cpa run a.yaml

                """
        )
    }
}
