import FoundationEssentials
import JSON
import Planning
import TestSupport
import Testing

@testable import SchedulerAPI

@Suite struct IntentRoutesTests {
    private static let registry = """
        lookups: { people: { anna: a@b.example } }
        intents:
          - name: greet
            summary: Greets somebody.
            examples: [Greet Anna]
            patterns: ['greet (?<who>\\w+)']
            slots: { who: { type: email, lookup: people } }
            scenario:
              name: greeting
              variables: { who: "", url: "https://x.example/" }
              tasks: [{ id: open, action: goto, url: "{{ variables.url }}" }]
        """

    private func with(_ body: (Stage) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/intents.yaml"
            try Data(Self.registry.utf8).write(to: URL(filePath: path))
            try await Stage.with(intents: try await IntentCatalogue(path: path), webhooks: Receiver(), body)
        }
    }

    @Test func `a sentence becomes a job whose audit says how`() async throws {
        try await with { stage in
            let answer = try await stage.call("POST", "/schedule", body: #"{"message": "Please GREET Anna"}"#)
            #expect(answer.status == 202)
            #expect(answer.json["routing"]?["intent"] == "greet")
            #expect(answer.json["routing"]?["slots"] == ["who": "a@b.example"])
            #expect(answer.json["intent"] == "greet" && answer.json["name"] == "greeting")
            let id = answer.json["id"]?.string ?? ""
            #expect(answer.field("Location") == "/jobs/\(id)")
            let job = try await stage.call("GET", "/jobs/\(id)")
            #expect(job.json["scenario"]?["variables"]?["who"] == "a@b.example")
            let audit = try await stage.call("GET", "/audit/\(id)")
            let detail = audit.json["records"]?[0]?["detail"]
            #expect(detail?["intent"] == "greet" && detail?["router"] == "rules")
            #expect(!audit.json.text().contains("b.example"))
        }
    }

    @Test func `an intent by name, with slots and variables, is the same`() async throws {
        try await with { stage in
            let body =
                #"{"intent": "greet", "slots": {"who": "c@d.example"}, "variables": {"url": "https://y.example/"}}"#
            let answer = try await stage.call("POST", "/schedule", body: body)
            #expect(answer.status == 202 && answer.json["routing"]?["router"] == "name")
            let job = try await stage.call("GET", "/jobs/\(answer.json["id"]?.string ?? "")")
            #expect(job.json["scenario"]?["variables"] == ["who": "c@d.example", "url": "https://y.example/"])
        }
    }

    @Test func `a dry run submits nothing`() async throws {
        try await with { stage in
            let body = #"{"message": "greet anna", "dry_run": true}"#
            let answer = try await stage.call("POST", "/schedule", body: body)
            #expect(answer.status == 200 && answer.json["scenario"]?["variables"]?["who"] == "a@b.example")
            #expect(try await stage.call("GET", "/jobs").json["jobs"]?.array?.isEmpty == true)
        }
    }

    @Test(arguments: [
        (#""not_before": "2020""#, "/not_before"), (#""webhook": "ftp://x.example""#, "/webhook"),
        (#""files": {"a": "b"}"#, "/files/a"), (#""on_conflict": "reject""#, "/on_conflict"),
    ])
    func `a dry run refuses what a submission would be refused for`(more: String, pointer: String) async throws {
        try await with { stage in
            for dryRun in ["true", "false"] {
                let body = #"{"message": "greet anna", "dry_run": \#(dryRun), \#(more)}"#
                let answer = try await stage.call("POST", "/schedule", body: body)
                #expect(answer.status == 400, "\(answer.json.text())")
                #expect(answer.json["errors"]?[0]?["pointer"] == .string(pointer), "\(answer.json.text())")
            }
        }
    }

    @Test func `a job of a sentence tells a webhook, as any job does`() async throws {
        try await with { stage in
            let body = #"{"message": "greet anna", "webhook": "https://hook.example/x"}"#
            let answer = try await stage.call("POST", "/schedule", body: body)
            #expect(answer.status == 202, "\(answer.json.text())")
            #expect(answer.json["webhook"] == "https://hook.example/x")
        }
    }

    @Test func `a request in LAM that means nothing gets the same problem, alone and among others`() async throws {
        try await with { stage in
            let request =
                #"{"id": "r1", "ts": "2026-03-01T08:30:00Z", "type": "request", "sender": "agent://desk/me", "#
                + #""to": ["agent://scheduler"], "task": "make coffee", "payload": {}}"#
            let sentence = try await stage.call("POST", "/schedule", body: #"{"message": "make coffee"}"#)
            let answer = try await stage.call("POST", "/lam/message", body: request)
            #expect(sentence.status == 422 && answer.status == 422, "\(answer.json.text())")
            for member in ["code", "detail", "nearest"] { #expect(answer.json[member] == sentence.json[member]) }
            #expect(answer.json["errors"]?[0]?["pointer"] == "/task")
            let several = try await stage.call("POST", "/lam/messages", body: #"{"messages": [\#(request)]}"#)
            #expect(several.json["results"]?[0]?["nearest"] == sentence.json["nearest"])
        }
    }

    @Test(arguments: [
        (#"{"message": "make coffee"}"#, 422, "unknown_intent", "/message"),
        (#"{"message": "greet Bert"}"#, 422, "invalid_slots", "/slots/who"),
        (#"{"message": ""}"#, 400, "invalid_input", "/message"),
        (#"{"message": 5}"#, 400, "invalid_input", "/message"),
        (#"{"intent": "gret"}"#, 422, "unknown_intent", "/intent"),
        (#"{"intent": "greet"}"#, 422, "invalid_slots", "/slots/who"),
        (#"{"intent": "greet", "slots": []}"#, 400, "invalid_input", "/slots"),
        (#"{"intent": "greet", "slots": {"who": "a@b.example", "x": "y"}}"#, 422, "invalid_slots", "/slots/x"),
        (#"{"message": "greet anna", "variables": {"nope": 1}}"#, 422, "invalid_slots", "/variables/nope"),
        (#"{"message": "greet anna", "intent": "greet"}"#, 400, "invalid_input", ""),
        (#"{}"#, 400, "invalid_input", ""),
        (#"{"sentence": "greet anna"}"#, 400, "invalid_input", "/sentence"),
    ])
    func `what cannot be scheduled is refused by pointer`(
        body: String,
        status: Int,
        code: String,
        pointer: String
    ) async throws {
        try await with { stage in
            let answer = try await stage.call("POST", "/schedule", body: body)
            #expect(answer.status == status && answer.json["code"]?.string == code, "\(answer.json.text())")
            #expect(answer.json["errors"]?[0]?["pointer"]?.string == pointer, "\(answer.json.text())")
            #expect(try await stage.call("GET", "/jobs").json["jobs"]?.array?.isEmpty == true)
        }
    }

    @Test func `one idempotency key makes one job`() async throws {
        try await with { stage in
            let body = #"{"message": "greet anna", "idempotency_key": "k"}"#
            let first = try await stage.call("POST", "/schedule", body: body)
            let second = try await stage.call("POST", "/schedule", body: body)
            #expect(first.json["id"] == second.json["id"] && first.json["id"] != nil)
        }
    }

    @Test func `what there is can be looked at`() async throws {
        try await with { stage in
            let list = try await stage.call("GET", "/intents")
            #expect(list.json["intents"]?[0]?["name"] == "greet" && list.json["problem"] == nil)
            let one = try await stage.call("GET", "/intents/greet")
            #expect(one.json["scenario"]?["name"] == "greeting")
            #expect(try await stage.call("GET", "/intents/other").status == 404)
        }
    }
}
