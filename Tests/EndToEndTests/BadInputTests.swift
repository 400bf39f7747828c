import EventLoops
import FixtureServer
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// What `cpa run` says of a scenario that cannot work.
    @Suite(.timeLimit(.minutes(3)), .retried, .serialized) struct BadInputTests {
        /// A scenario, how `cpa` ends, and what it must say.
        struct Mistake: Sendable, CustomTestStringConvertible {
            var name: String
            var text: String
            var code: Int64
            var words: [String]
            var file = "scenario.yaml"
            var testDescription: String { name }

            static func task(_ name: String, _ tasks: String, _ code: Int64, _ words: [String]) -> Mistake {
                Mistake(name: name, text: "name: x\ntasks:\n\(tasks)\n", code: code, words: words)
            }
        }

        private static let mistakes: [Mistake] = [
            .task("an unknown action", "  - action: clik", 2, ["scenario.yaml:3:", "'clik'", "did you mean 'click'"]),
            .task("a missing selector", "  - action: click", 2, ["scenario.yaml:3:", "click needs 'selector'"]),
            .task(
                "a cycle",
                """
                  - { id: a, action: screenshot, depends_on: [b] }
                  - { id: b, action: screenshot, depends_on: [a] }
                """,
                2,
                ["scenario.yaml:", "depends_on", "a", "b"]
            ),
            .task(
                "a dependency on nothing",
                "  - { id: a, action: screenshot, depends_on: [nope] }",
                2,
                ["scenario.yaml:3:", "'nope'"]
            ),
            .task(
                "an unknown name in a template",
                #"  - { action: goto, url: "{{ variables.portl }}" }"#,
                2,
                ["scenario.yaml:3:", "'portl'", "declare it under 'variables'"]
            ),
            Mistake(name: "broken YAML", text: "name: x\ntasks:\n  - action: [", code: 2, words: ["scenario.yaml:"]),
            Mistake(
                name: "broken JSON",
                text: #"{"name": "x", "tasks": [{"action": ]}"#,
                code: 2,
                words: ["scenario.json:1:36", "expected a value"],
                file: "scenario.json"
            ),
            .task(
                "two matches",
                """
                  - { action: goto, url: "data:text/html,<button>Go</button><button>Go</button>" }
                  - { id: press, action: click, selector: 'role=button[name="Go"]', timeout: 2s }
                """,
                1,
                ["ambiguous in step 'press'", "2 elements match", "nth=1", "error-press.png"]
            ),
            .task(
                "an element that never comes",
                """
                  - { action: goto, url: "data:text/html,<h1>x</h1>" }
                  - { id: press, action: click, selector: "css=#never", timeout: 1s }
                """,
                1,
                ["not_found in step 'press'", "css=#never", "waited 1 s", "error-press.png"]
            ),
            .task(
                "a server that is not there",
                "  - { id: open, action: goto, url: 'http://127.0.0.1:9999/', timeout: 5s }",
                1,
                [
                    "navigation_failed in step 'open'",
                    "Cannot open http://127.0.0.1:9999/: 127.0.0.1:9999 refused: nothing listens there",
                ]
            ),
        ]

        @Test(arguments: mistakes)
        func `a mistake is named with its place and what to do, and nothing is left`(_ mistake: Mistake) async throws {
            try await Desk.with { desk in
                let traces = Traces()
                let path = try desk.write(mistake.text, as: mistake.file)
                let run = try await desk.run("cpa", ["run", path])
                #expect(run.exit == .exited(code: mistake.code), "\(run.text)")
                for word in mistake.words { #expect((run.output + run.errors).contains(word), "\(word): \(run.text)") }
                #expect(try await traces.left() == [])
            }
        }

        @Test func `a page writes nothing but visible text to the terminal`() async throws {
            try await Desk.with { desk in
                let text = """
                    tasks:
                      - { action: goto, url: "data:text/html,<h1>a&%2327;]0;pwn&%237;&%2327;[2Jb</h1>" }
                      - { id: look, action: expect, selector: "css=h1", text: "zzz", timeout: 1s }
                    """
                let run = try await desk.run("cpa", ["run", desk.write(text, as: "page.yaml")])
                #expect(run.exit == .exited(code: 1), "\(run.text)")
                #expect(run.text.contains(#"a\u001b]0;pwn\u0007\u001b[2Jb"#), "\(run.text)")
                #expect(!(run.output + run.errors).contains { "\u{1B}\u{7}".contains($0) })
            }
        }

        @Test(arguments: ["-", "/dev/stdin"])
        func `a scenario comes through a pipe`(path: String) async throws {
            try await Desk.with { desk in
                let text = "echo 'tasks: [{action: reload}]' | \(Desk.products)/cpa validate \(path)"
                let run = try await desk.run("/bin/sh", ["-c", text])
                #expect(run.exit == .exited(code: 0), "\(run.text)")
                #expect(run.output.contains("1 tasks, valid"), "\(run.text)")
            }
        }

        @Test func `a wrong secret of Graph is named, never shown, and nothing is sent`() async throws {
            try await Desk.with { desk in
                let fixtures = try await Fixtures.start(on: desk.loop)
                let path = try desk.write(
                    (["name": "mail", "tasks": [Scenarios.mail]] as JSONObject).text(),
                    as: "mail.json"
                )
                let run = try await desk.run(
                    "cpa",
                    ["run", path],
                    environment: [
                        "CPA_GRAPH_TENANT": fixtures.application.tenant,
                        "CPA_GRAPH_CLIENT_ID": fixtures.application.clientID,
                        "CPA_GRAPH_CLIENT_SECRET": "not-the-secret",
                        "CPA_GRAPH_LOGIN_URL": fixtures.graphURL, "CPA_GRAPH_URL": fixtures.graphURL + "/v1.0",
                    ]
                )
                let sent = await fixtures.graph.messages(of: "buero@kanzlei.example", in: "sentitems")
                await fixtures.close()
                #expect(run.exit == .exited(code: 1), "\(run.text)")
                #expect(
                    run.text.contains("mail_authentication") && run.text.contains("client secret is wrong"),
                    "\(run.text)"
                )
                #expect(!run.text.contains("not-the-secret"))
                #expect(sent.isEmpty)
            }
        }
    }
}
