import EventLoops
import FixtureServer
import FoundationEssentials
import JSON
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.timeLimit(.minutes(2)), .retried) struct MailTests {
        /// Settings for the fixtures' Graph.
        private static func settings(_ fixtures: Fixtures) -> [String: String] {
            [
                "CPA_GRAPH_TENANT": fixtures.application.tenant,
                "CPA_GRAPH_CLIENT_ID": fixtures.application.clientID,
                "CPA_GRAPH_CLIENT_SECRET": fixtures.application.clientSecret,
                "CPA_GRAPH_LOGIN_URL": fixtures.graphURL, "CPA_GRAPH_URL": fixtures.graphURL + "/v1.0",
                "CPA_GRAPH_MAILBOX": "buero@kanzlei.example",
            ]
        }

        private static func with(_ body: (Desk, Fixtures) async throws -> Void) async throws {
            try await Desk.with { desk in
                let fixtures = try await Fixtures.start(on: desk.loop)
                let result: Result<Void, any Error>
                do { result = .success(try await body(desk, fixtures)) } catch { result = .failure(error) }
                await fixtures.close()
                try result.get()
            }
        }

        /// The most memory a run held while it sent a file of so many bytes, in MB.
        private static func peak(_ desk: Desk, _ fixtures: Fixtures, bytes: Int) async throws -> Int {
            let file = "\(desk.directory)/file-\(bytes)"
            let made = try await runScript(
                "head -c \(bytes) /dev/urandom > '\(file)'",
                in: desk.directory
            )
            try #require(made.exit == .exited(code: 0))
            let mail: JSONValue = [
                "id": "mail", "action": "send_mail", "to": "anna@kunde.example", "subject": .string("\(bytes)"),
                "text": "x", "attachments": "big.bin", "timeout": "60s",
            ]
            let path = try desk.write((["name": "big", "tasks": [mail]] as JSONObject).text(), as: "big.json")
            let hwm = "\(desk.directory)/hwm-\(bytes)"
            let run = try await desk.run(
                "cpa",
                ["run", path, "--file", "big.bin=\(file)"],
                environment: settings(fixtures),
                // $$ is the program's own number: the shell becomes it, and is not to be measured.
                shell: """
                    { (while [ -e /proc/$$ ]; do sed -n '1{/cpa/!q}; /VmHWM/p' /proc/$$/status >>'\(hwm)'; sleep 0.02; done) >/dev/null 2>&1 & }
                    """
            )
            #expect(run.exit == .exited(code: 0), "\(run.text)")
            let last = desk.text(hwm).split(separator: "\n").last.map(String.init) ?? ""
            return try #require(Int(last.filter(\.isNumber))) / 1024
        }

        @Test func `a large attachment goes up from disk: memory stays flat`() async throws {
            try await Self.with { desk, fixtures in
                let small = try await Self.peak(desk, fixtures, bytes: 1000)
                let large = try await Self.peak(desk, fixtures, bytes: 149_000_000)
                #expect(large < small + 24, "\(small) MB for 1 kB, \(large) MB for 149 MB")
                let sent = await fixtures.graph.messages(of: "buero@kanzlei.example", in: "sentitems")
                #expect(sent.map { $0["attachments"]?[0]?["bytes"]?.int } == [1000, 149_000_000])
            }
        }

        @Test func `a code that came by mail is typed into a page`() async throws {
            try await Self.with { desk, fixtures in
                let page = "data:text/html,<label>Code <input id=c></label><p id=p></p>"
                let tasks: [JSONValue] = [
                    ["id": "open", "action": "goto", "url": .string(page)],
                    [
                        "id": "portal", "action": "send_mail", "to": "anna@kunde.example", "subject": "Ihr Code",
                        "html": "<p>Code: {{ variables.code }}</p>",
                    ],
                    [
                        "id": "code", "action": "wait_for_mail", "mailbox": "anna@kunde.example",
                        "from": "@kanzlei.example", "pattern": "Code: ([0-9]{6})", "every": "0.5s", "timeout": "20s",
                    ],
                    ["id": "type", "action": "fill", "selector": "label=Code", "text": "{{ tasks.code.code }}"],
                    ["id": "read", "action": "extract", "selector": "css=#c", "kind": "value"],
                ]
                let scenario: JSONObject = [
                    "name": "code", "variables": ["code": "482913"], "tasks": .array(tasks),
                    "outputs": ["typed": "{{ tasks.read.value }}"],
                ]
                let path = try desk.write(scenario.text(), as: "code.json")
                let run = try await desk.run("cpa", ["run", path, "--json"], environment: Self.settings(fixtures))
                #expect(run.exit == .exited(code: 0), "\(run.text)")
                #expect(run.text.contains("482913"))
            }
        }
    }
}
