import EventLoops
import FixtureServer
import FoundationEssentials
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// Sentences on their way through portal and mail.
    @Suite(.timeLimit(.minutes(2)), .retried) struct ScheduleTests {
        private func with(
            intents: String? = nil,
            _ body: (RunningServer, Fixtures, Desk) async throws -> Void
        ) async throws {
            try await Desk.with { desk in
                var desk = desk
                let fixtures = try await Fixtures.start(on: desk.loop)
                desk.environment["CPA_SECRET_PORTAL_PASSWORD"] = "demo-passwort"
                desk.environment["CPA_GRAPH_TENANT"] = fixtures.application.tenant
                desk.environment["CPA_GRAPH_CLIENT_ID"] = fixtures.application.clientID
                desk.environment["CPA_GRAPH_CLIENT_SECRET"] = fixtures.application.clientSecret
                desk.environment["CPA_GRAPH_LOGIN_URL"] = fixtures.graphURL
                desk.environment["CPA_GRAPH_URL"] = fixtures.graphURL + "/v1.0"
                if let intents { desk.environment["CPA_INTENTS_FILE"] = try desk.write(intents, as: "intents.yaml") }
                let result: Result<Void, any Error>
                do {
                    result = .success(
                        try await desk.serve(["--workers", "1"]) { [desk] in try await body($0, fixtures, desk) }
                    )
                } catch {
                    result = .failure(error)
                }
                await fixtures.close()
                try result.get()
            }
        }

        private func sent(_ fixtures: Fixtures) async -> [JSONObject] {
            await fixtures.graph.messages(of: "buero@kanzlei.example", in: "sentitems")
        }

        @Test func `the sentence of the seeds fetches the invoice and mails it, and all of it is on record`()
            async throws
        {
            try await with { server, fixtures, desk in
                let answer = try await server.call(
                    "POST",
                    "/schedule",
                    [
                        "message": "Finde in DATEV letzte Rechnung für Firma X, exportiere PDF, sende per Mail an Anna",
                        "variables": ["portal_url": .string(fixtures.portalURL)],
                    ]
                )
                try #require(answer.status == 202, "\(answer.json.text())")
                #expect(answer.json["routing"]?["intent"] == "send_newest_invoice")
                let job = try #require(answer.json["id"]?.string)
                let watched = try await server.watched(job)
                try #require(watched.state == "done", "\(watched.events)")
                // Job
                let detail = try await server.call("GET", "/jobs/\(job)").json
                #expect(detail["state"] == "done" && detail["intent"] == "send_newest_invoice")
                #expect(detail["outputs"]?["invoice"] == "2026-0114")
                // Mail
                let sent = await sent(fixtures)
                try #require(sent.count == 1, "\(sent)")
                #expect(sent[0]["subject"]?.string?.contains("2026-0114") == true)
                #expect(sent[0].text().contains("anna@kunde.example"))
                let attachments = sent[0]["attachments"]?.array ?? []
                #expect(attachments.count == 1)
                #expect(attachments.first?["sha256"] == detail["outputs"]?["sha256"], "\(sent[0].text())")
                // Audit
                let audit = try await server.call("GET", "/audit/\(job)").json["records"]?.array ?? []
                let actions = audit.compactMap { $0["action"]?.string }
                #expect(actions.first == "job.submitted" && actions.last == "job.done", "\(actions)")
                #expect(actions.contains("step.intent") && actions.contains("step.done"), "\(actions)")
                #expect(audit[0]["detail"]?["router"] == "rules", "\(audit[0])")
            }
        }

        @Test func `a step that fails is tried again, then its fallback does the work`() async throws {
            try await with(intents: Self.failing) { server, fixtures, desk in
                var desk = desk
                desk.environment["CPA_SCHEDULER_URL"] = server.url
                let run = try await desk.run(
                    "cpa",
                    [
                        "schedule", "Schick Anna die letzte Rechnung von Firma X", "--var",
                        "portal_url=\(fixtures.portalURL)", "--wait", "--json",
                    ]
                )
                try #require(run.exit == .exited(code: 0), "\(run.text)")
                let job = try #require(run.objects.first?["id"]?.string)
                let detail = try await server.call("GET", "/jobs/\(job)").json
                #expect(detail["state"] == "done")
                let tasks = detail["tasks"]?.array ?? []
                let menu = tasks.first { $0["step_id"] == "menu" }
                #expect(menu?["status"] == "failed" && menu?["attempts"] == 2, "\(menu?.text() ?? "")")
                #expect(menu?["reason"] == "not_found")
                #expect(tasks.first { $0["step_id"] == "direct" }?["status"] == "done")
                let events = try await server.call("GET", "/jobs/\(job)/events?limit=500").json["events"]?.array ?? []
                let statuses = events.filter { $0["step_id"] == "menu" }.compactMap { $0["data"]?["status"]?.string }
                #expect(statuses == ["running", "retrying", "running", "failed"], "\(statuses)")
                #expect(await sent(fixtures).count == 1)
                let names = detail["artifacts"]?.array?.compactMap { $0["name"]?.string } ?? []
                #expect(names.contains("error-menu.png"), "\(names)")
            }
        }

        @Test func `intents are listed and tried without a server`() async throws {
            try await Desk.with { desk in
                let list = try await desk.run("cpa", ["intents", "list"])
                #expect(list.exit == .exited(code: 0) && list.output.contains("send_newest_invoice"), "\(list.text)")
                let sentence = "Schick Anna die letzte Rechnung von Firma X"
                let known = try await desk.run("cpa", ["intents", "test", sentence])
                #expect(
                    known.exit == .exited(code: 0) && known.output.hasPrefix("send_newest_invoice  100 %"),
                    "\(known.text)"
                )
                #expect(known.output.contains("recipient: Anna Muster <anna@kunde.example>"))
                let unknown = try await desk.run("cpa", ["intents", "test", "Koch Kaffee"])
                #expect(unknown.exit == .exited(code: 1) && unknown.output.hasPrefix("unknown"), "\(unknown.text)")
            }
        }

        /// The menu entry is looked for under a name it does not have; the fallback goes to its address.
        private static let failing = """
            lookups:
              people: { anna: Anna Muster <anna@kunde.example> }
              customers: { firma x: Firma X GmbH }
            intents:
              - name: send_newest_invoice
                summary: The main job with a step that fails.
                patterns: ['schick (?<recipient>\\w+) die letzte Rechnung von (?<customer>.+)']
                slots:
                  recipient: { type: email, lookup: people }
                  customer: { lookup: customers }
                scenario:
                  name: with-a-fallback
                  variables: { portal_url: "", recipient: "", customer: "" }
                  browser: { locale: de-DE, timezone: Europe/Berlin }
                  tasks:
                    - { id: open, action: goto, url: "{{ variables.portal_url }}/login" }
                    - { id: user, action: fill, selector: label=Benutzername, text: buchhaltung }
                    - { id: password, action: fill, selector: label=Passwort, text: "{{ secrets.portal_password }}" }
                    - { id: login, action: click, selector: 'role=button[name="Anmelden"]' }
                    - { id: welcome, action: expect, selector: 'role=heading[name="Übersicht"]', state: visible }
                    - id: menu
                      action: click
                      selector: 'role=link[name="Belege"]'
                      timeout: 1s
                      retries: 1
                      retry_delay: 200ms
                      on_error: direct
                    - { id: direct, action: goto, url: "{{ variables.portal_url }}/invoices" }
                    - { id: customer, action: select, selector: label=Kunde, label: "{{ variables.customer }}" }
                    - { id: filter, action: click, selector: 'role=button[name="Filtern"]' }
                    - id: rows
                      action: extract
                      selector: role=table[name="Rechnungen"]
                      kind: table
                      columns: { number: Nummer }
                    - id: mail
                      action: send_mail
                      mailbox: buero@kanzlei.example
                      to: "{{ variables.recipient }}"
                      subject: "Rechnung {{ tasks.rows.table[0].number }}"
                      text: Guten Tag
                      timeout: 60s
            """
    }
}
