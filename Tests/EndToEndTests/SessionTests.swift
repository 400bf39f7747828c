import EventLoops
import FixtureServer
import FoundationEssentials
import JSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension EndToEnd {
    /// Programs that drive a browser of `cpa serve`.
    @Suite(.timeLimit(.minutes(4)), .retried, .serialized) struct SessionTests {
        private static let client = Desk.package + "/tools/cpa_session.py"

        /// Runs a Python program with a session `session` on the fixture portal `portal`.
        private func python(
            _ body: String,
            _ server: RunningServer,
            portal: String,
            open: String = "browser={'locale': 'de-DE'}"
        ) async throws -> FinishedProgram {
            let indented = body.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
            let program = """
                from sys import path
                path.insert(0, "\(Desk.package)/tools")
                from cpa_session import Session, Failure
                portal, key = "\(portal)", "\(server.key)"
                with Session("\(server.url)", key, \(open)) as session:
                \(indented.joined(separator: "\n"))
                """
            let path = try server.desk.write(program, as: "drive.py")
            return try await server.desk.run("/usr/bin/python3", [path])
        }

        private func withPortal(
            _ arguments: [String] = [],
            _ environment: [String: String] = [:],
            _ body: (RunningServer, String) async throws -> Void
        ) async throws {
            try await Desk.with { desk in
                var desk = desk
                desk.environment["CPA_SECRET_PORTAL_PASSWORD"] = "demo-passwort"
                desk.environment.merge(environment) { $1 }
                let fixtures = try await Fixtures.start(on: desk.loop)
                let result: Result<Void, any Error>
                do {
                    result = .success(
                        try await desk.serve(["--workers", "1"] + arguments) { try await body($0, fixtures.portalURL) }
                    )
                } catch {
                    result = .failure(error)
                }
                await fixtures.close()
                try result.get()
            }
        }

        @Test func `the program of the document logs in and reads the invoices`() async throws {
            let document = String(
                decoding: FileManager.default.contents(atPath: Desk.package + "/docs/sessions.md") ?? Data(),
                as: UTF8.self
            )
            let block = try #require(document.split(separator: "```python\n").dropFirst().first)
            let code = String(block.prefix(upTo: block.firstRange(of: "```")?.lowerBound ?? block.endIndex))
            try await withPortal { server, portal in
                let path = try server.desk.write(
                    """
                    from sys import path
                    path.insert(0, "\(Desk.package)/tools")
                    portal, key = "\(portal)", "\(server.key)"
                    """ + "\n" + code.replacing("http://127.0.0.1:7070", with: server.url),
                    as: "document.py"
                )
                let run = try await server.desk.run("/usr/bin/python3", [path])
                #expect(run.exit == .exited(code: 0), "\(run.text)")
                #expect(run.output.hasPrefix("20"), "\(run.text)")
            }
        }

        @Test func `a program drives the portal: login, table, PDF, dialog, popup`() async throws {
            let body = """
                session.do("goto", url=portal + "/login")
                session.do("fill", selector="label=Benutzername", text="buchhaltung")
                session.do("fill", selector="label=Passwort", text="{{ secrets.portal_password }}")
                session.do("click", selector='role=button[name="Anmelden"]')
                session.do("expect", selector='role=heading[name="Übersicht"]', state="visible")
                session.do("goto", url=portal + "/invoices")
                table = session.do("extract", selector='role=table[name="Rechnungen"]', kind="table")["outputs"]["table"]
                assert len(table) == 10 and table[0]["Nummer"], table
                session.do("goto", url=portal + "/invoices/2026-0114")
                session.do("click", selector='role=button[name="PDF erstellen"]')
                pdf = session.do("download", selector='role=link[name="PDF herunterladen"]', timeout="20s")
                data = session.read(pdf["outputs"]["artifact"])
                assert data.startswith(b"%PDF") and len(data) == pdf["artifacts"][0]["bytes"], len(data)

                page = "data:text/html,<button onclick='document.title=confirm(1)'>ask</button>" \\
                       "<a href='about:blank' target='_blank'>more</a>"
                session.do("goto", url=page)
                session.do("dialog", accept=True)
                session.do("click", selector='role=button[name="ask"]')
                dialog = [e for e in session.events if e["event"] == "dialog"][-1]
                assert dialog["kind"] == "confirm" and dialog["accepted"] and dialog["page"] == "main", dialog
                session.do("click", selector='role=link[name="more"]', popup_as="more")
                popup = [e for e in session.events if e["event"] == "popup"][-1]
                assert popup["page"] == "more" and popup["opener"] == "main", popup
                session.do("goto", page="more", url=portal + "/form")
                names = {p["page"]: p["url"] for p in session.request("pages")["pages"]}
                assert names["more"] == portal + "/form" and names["main"].startswith("data:"), names
                downloads = [e["state"] for e in session.events if e["event"] == "download"]
                assert downloads == ["began", "completed"], downloads

                try:
                    session.do("click", selector="css=#never", timeout="1s")
                    assert False
                except Failure as failure:
                    assert failure.reason == "not_found", failure
                    assert session.read(failure.error["screenshot"]).startswith(b"\\x89PNG")
                try:
                    session.do("evaluate", script="1")
                    assert False
                except Failure as failure:
                    assert failure.reason == "policy_denied", failure
                print(session.hello["session"])
                """
            try await withPortal { server, portal in
                let run = try await python(body, server, portal: portal)
                try #require(run.exit == .exited(code: 0), "\(run.text)")
                #expect(!run.text.contains("demo-passwort"))
                let session = run.output.filter { !$0.isWhitespace }
                let records = try await server.call("GET", "/audit?limit=1000").json["records"]?.array ?? []
                let mine = records.filter { $0["detail"]?["session"]?.string == session }
                let actions = mine.compactMap { $0["action"]?.string }
                #expect(actions.first == "session.connected")
                #expect(actions.filter { $0 == "session.task" }.count == 17, "\(actions)")
                #expect(!mine.contains { $0.text().contains("demo-passwort") })
                // Files go with their session.
                #expect(try await server.call("GET", "/sessions/\(session)/artifacts/a").status == 404)
            }
        }

        @Test func `a program hears of the console, script errors, popups and pages that close`()
            async throws
        {
            let body = """
                def heard(event):
                    found = [e for e in session.events if e["event"] == event]
                    while not found:
                        message = session.receive()
                        session.events.append(message)
                        found = [message] if message["event"] == event else []
                    return found[0]
                session.do("goto", url="data:text/html,<script>console.warn('careful', 7); setTimeout(() => nope(), 0)</script>"
                    "<button onclick=\\"window.open('about:blank').close()\\">pop</button>")
                line = heard("console")
                assert (line["page"], line["level"], line["text"]) == ("main", "warning", "careful 7"), line
                error = heard("page_error")
                assert error["page"] == "main" and "nope" in error["message"], error
                session.do("click", selector="role=button")
                assert heard("popup")["page"] == "popup-1"
                assert heard("page_closed")["page"] == "popup-1"
                session.do("goto", url=portal + "/form")
                session.do("goto", url=portal + "/form#there")
                moved = [e["same_document"] for e in session.events if e["event"] == "navigated" and e["page"] == "main"]
                assert moved == [False, False, True], moved
                session.do("goto", url="data:text/html,<h1>again</h1>")
                print(session.do("extract", selector="css=h1")["outputs"]["text"])
                """
            try await withPortal { server, portal in
                let events = "events=['console', 'page_error', 'navigated', 'popup', 'page_closed']"
                let run = try await python(body, server, portal: portal, open: events)
                #expect(run.exit == .exited(code: 0) && run.output.contains("again"), "\(run.text)")
            }
        }

        @Test func `a browser that is killed is told, and the session opens another`() async throws {
            let body = """
                session.do("goto", url="data:text/html,<p>x</p>")
                waiting = session.send("task", task={"action": "wait_for", "selector": "css=#never", "timeout": "60s"})
                print("waits", flush=True)
                try:
                    session.wait(waiting)
                    assert False
                except Failure as failure:
                    assert failure.reason == "browser_crashed", failure
                while not [e for e in session.events if e["event"] == "crash"]: session.events.append(session.receive())
                crash = [e for e in session.events if e["event"] == "crash"][-1]
                assert crash["what"] == "browser", crash
                session.request("open")
                session.do("goto", url="data:text/html,<h1>again</h1>")
                print(session.do("extract", selector="css=h1")["outputs"]["text"])
                """
            try await withPortal { server, portal in
                let killing = Task {
                    // Once the program waits.
                    for _ in 0..<300 {
                        let records = try await server.call("GET", "/audit?limit=1000").json["records"]?.array ?? []
                        if records.contains(where: { $0["detail"]?["action"] == "wait_for" }) { break }
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    try await Self.killBrowsers(of: server)
                }
                let run = try await python(body, server, portal: portal)
                try await killing.value
                #expect(run.exit == .exited(code: 0) && run.output.contains("again"), "\(run.text)")
            }
        }

        @Test func `a shutdown says come back, and leaves nothing`() async throws {
            try await Desk.with { desk in
                let traces = Traces()
                let body = """
                    session.do("goto", url="data:text/html,<p>x</p>")
                    print("open", flush=True)
                    try:
                        while True: session.events.append(session.receive())
                    except ConnectionError as end:
                        assert [e["reason"] for e in session.events if e["event"] == "closing"] == ["shutdown"], session.events
                        print(end)
                    """
                let program = try await desk.start(
                    ["serve", "--listen", "127.0.0.1:0", "--workers", "1"],
                    until: "The API listens"
                )
                let result: FinishedProgram = try await program.use {
                    let address = try #require(try JSONValue(parsing: program.sign)["address"]?.string)
                    let key = desk.text(desk.data + "/api-key").filter { !$0.isWhitespace }
                    let server = RunningServer(program: program, address: address, key: key, desk: desk)
                    async let run = python(body, server, portal: "")
                    for _ in 0..<300 {
                        let records = try await server.call("GET", "/audit?limit=1000").json["records"]?.array ?? []
                        if records.contains(where: { $0["action"] == "session.result" }) { break }
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    await program.process.signal(SIGTERM)
                    return try await run
                }
                #expect(result.output.contains("4002"), "\(result.text)")
                #expect(try await traces.left() == [])
                #expect((try? FileManager.default.contentsOfDirectory(atPath: desk.data + "/work")) == [])
            }
        }

        /// Kills (SIGKILL) the browsers below a server, and nothing else.
        private static func killBrowsers(of server: RunningServer) async throws {
            let parent = await server.program.process.processID
            for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
                guard let process = Int32(name), let status = FileManager.default.contents(atPath: "/proc/\(name)/stat")
                else { continue }
                let words = String(decoding: status, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
                if let words, words.count > 1, Int32(words[1]) == parent { kill(process, SIGKILL) }
            }
        }
    }
}
