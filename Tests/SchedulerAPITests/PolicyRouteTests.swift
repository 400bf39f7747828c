import JSON
import JobModel
import Security
import Testing

@testable import SchedulerAPI

/// What a tenant's policy keeps out is refused when it is submitted, by the rule's name and place, and nothing is kept.
@Suite struct PolicyRouteTests {
    private static let closed = #"{"name": "x", "tasks": [{"action": "goto", "url": "https://b.example/"}]}"#
    private static let open =
        #"{"name": "x", "variables": {"a": {}, "konto": ""}, "tasks": [{"action": "goto", "url": "https://a.example/"}]}"#

    private func with(_ body: (Stage) async throws -> Void) async throws {
        let text = """
            default:
              network: { hosts: [a.example] }
              pii: { rules: [{ kinds: [card], action: block }, { kinds: [iban], action: mask }] }
            tenants: { free: { network: {}, pii: {} } }
            """
        let policies = PolicySource(try Policies(parsing: Array(text.utf8), file: "policies.yaml"))
        try await Stage.with(policies: policies, body)
    }

    @Test func `a denied job is 403 with its rule and place; the audit has it, and another tenant may`() async throws {
        try await with { stage in
            let refused = try await stage.call("POST", "/jobs", body: Self.closed)
            #expect(refused.status == 403)
            #expect(refused.json["code"] == "policy_denied")
            #expect(refused.json["errors"]?[0]?["pointer"] == "/tasks/0/url")
            #expect(refused.json["errors"]?[0]?["detail"]?.string?.contains("rule 'host_not_allowed'") == true)
            let card = #"{"scenario": \#(Self.open), "variables": {"a": {"b": "Karte 4111 1111 1111 1111"}}}"#
            let kept = try await stage.call("POST", "/jobs", body: card)
            #expect(kept.status == 403 && kept.json["errors"]?[0]?["pointer"] == "/variables/a", "\(kept.json.text())")
            #expect(!kept.json.text().contains("4111"))
            #expect(try await stage.call("GET", "/jobs").json["jobs"] == [])
            let records = try await stage.call("GET", "/audit").json["records"]?.array ?? []
            let rules = records.filter { $0["action"] == "policy.denied" }.compactMap { $0["detail"]?["rule"]?.string }
            #expect(Set(rules) == ["host_not_allowed", "pii_card"])
            #expect(!records.map { $0.text() }.joined().contains("4111"))
            let free = try await stage.authority.createKey(name: "f", tenant: "free", role: .operator).reveal()
            #expect(try await stage.call("POST", "/jobs", body: Self.closed, key: free).status == 202)
            #expect(try await stage.call("POST", "/jobs", body: card, key: free).status == 202)
        }
    }

    /// Rules of the denials on record, the latest first.
    private static func deniedRules(_ stage: Stage) async throws -> [String] {
        let records = try await stage.call("GET", "/audit?action=policy.denied").json["records"]?.array ?? []
        return records.compactMap { $0["detail"]?["rule"]?.string }
    }

    @Test func `a schedule and a request that are denied are in the audit like a job`() async throws {
        try await with { stage in
            let schedule = #"{"name": "s", "cron": "@daily", "scenario": \#(Self.closed)}"#
            let refused = try await stage.call("POST", "/schedules", body: schedule)
            #expect(refused.status == 403)
            #expect(try await Self.deniedRules(stage) == ["host_not_allowed"])
            let request =
                #"{"id": "r", "ts": "2026-03-01T08:30:00Z", "type": "request", "sender": "agent://desk/me", "#
                + #""to": ["agent://scheduler"], "payload": {"scenario": \#(Self.closed)}}"#
            #expect(try await stage.call("POST", "/lam/message", body: request).status == 403)
            #expect(try await Self.deniedRules(stage) == ["host_not_allowed", "host_not_allowed"])
        }
    }

    @Test func `one of many that is denied keeps the others in, unless all or none are wanted`() async throws {
        try await with { stage in
            let many = "[\(Self.open), \(Self.closed)]"
            let some = try await stage.call("POST", "/jobs/bulk", body: many)
            #expect(some.json["accepted"] == 1 && some.json["refused"] == 1, "\(some.json.text())")
            #expect(some.json.text().contains("host_not_allowed"))
            let all = try await stage.call("POST", "/jobs/bulk?atomic=true", body: many)
            #expect(all.status >= 400)
            #expect(try await stage.call("GET", "/jobs").json["jobs"]?.array?.count == 1)
        }
    }

    @Test func `a denial is told at its place in what was sent, whatever is around the scenario`() async throws {
        try await with { stage in
            func pointers(_ path: String, _ body: String) async throws -> [String] {
                let answer = try await stage.call("POST", path, body: body)
                let errors = answer.json["errors"]?.array ?? answer.json["results"]?[1]?["errors"]?.array ?? []
                return errors.compactMap { $0["pointer"]?.string }
            }
            let envelope = #"{"scenario": \#(Self.closed)}"#
            let place = "/scenario/tasks/0/url"
            let alone = try await pointers("/jobs", envelope)
            #expect(alone == [place])
            #expect(try await pointers("/jobs/bulk", "[\(Self.open), \(envelope)]") == [place])
            #expect(try await pointers("/jobs/bulk?atomic=true", "[\(Self.open), \(envelope)]") == ["/1" + place])
            let wrapped = #"{"jobs": [\#(Self.open), \#(envelope)]}"#
            #expect(try await pointers("/jobs/bulk?atomic=true", wrapped) == ["/jobs/1" + place])
            let schedule = #"{"name": "s", "cron": "@daily", "scenario": \#(Self.closed)}"#
            #expect(try await pointers("/schedules", schedule) == [place])
            let card =
                #"{"name": "x", "variables": {"k": "Karte 4111 1111 1111 1111"}, "#
                + #""tasks": [{"action": "goto", "url": "https://a.example/{{ variables.k }}"}]}"#
            #expect(try await pointers("/jobs", card) == ["/variables/k"])
            #expect(try await pointers("/jobs", #"{"scenario": \#(card)}"#) == ["/scenario/variables/k"])
            let given = #"{"scenario": \#(Self.open), "variables": {"konto": "Karte 4111 1111 1111 1111"}}"#
            #expect(try await pointers("/jobs", given) == ["/variables/konto"])
            let request =
                #"{"id": "r", "ts": "2026-03-01T08:30:00Z", "type": "request", "sender": "agent://desk/me", "#
                + #""to": ["agent://scheduler"], "payload": \#(envelope)}"#
            #expect(try await pointers("/lam/message", request) == ["/payload" + place])
        }
    }

    @Test func `all or none names each that is wrong, whoever finds it`() async throws {
        try await with { stage in
            let taken = #"{"scenario": \#(Self.open), "unique_key": "u"}"#
            #expect(try await stage.call("POST", "/jobs", body: taken).status == 202)
            let bad = #"{"tasks": [{"action": "klick"}]}"#
            let many = "[\(Self.open), \(bad), \(Self.closed), \(taken)]"
            let answer = try await stage.call("POST", "/jobs/bulk?atomic=true", body: many)
            let pointers = answer.json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? []
            #expect(pointers == ["/1/tasks/0/action", "/2/tasks/0/url", "/3"], "\(answer.json.text())")
            #expect(answer.json["detail"]?.string?.contains("3 of the submissions") == true)
            #expect(try await stage.call("GET", "/jobs").json["jobs"]?.array?.count == 1)
        }
    }

    @Test func `masked variables are kept masked`() async throws {
        try await with { stage in
            let body = #"{"scenario": \#(Self.open), "variables": {"konto": "DE89370400440532013000"}}"#
            let id = try #require(try await stage.call("POST", "/jobs", body: body).json["id"]?.string)
            let shown = try await stage.call("GET", "/jobs/\(id)").json.text()
            #expect(!shown.contains("DE89370400440532013000") && shown.contains("[iban …3000]"))
        }
    }
}
