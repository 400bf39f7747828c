import JSON
import JobModel
import JobScheduler
import Security
import Synchronization
import Testing

@testable import SchedulerAPI
@testable import Storage

/// A way to receivers on which nothing is ever called.
private struct NoReceiver: WebhookTransport {
    func refusal(of address: WebhookAddress, tenant: TenantID) -> String? { nil }
    func post(_ request: WebhookRequest) async throws -> WebhookAnswer { WebhookAnswer(status: 204) }
}

/// Makes one backup; then the disk is full.
private final class Backups: Sendable {
    private let count = Atomic(0)

    func make() throws -> (directory: String, content: Backup.Content) {
        guard count.wrappingAdd(1, ordering: .relaxed).newValue == 1 else { throw StorageError(.storageFull, "full") }
        return ("/data/backups/x", Backup.Content(files: 3, missing: 0))
    }
}

@Suite struct AuditRoutesTests {
    private func actions(_ stage: Stage, _ query: String) async throws -> [String] {
        let answer = try await stage.call("GET", "/audit?\(query)")
        return answer.json["records"]?.array?.compactMap { $0["action"]?.string } ?? ["\(answer.status)"]
    }

    @Test func `what is on record is filtered by every side of it, and paged`() async throws {
        try await Stage.with { stage in
            let (one, two) = (try await stage.submit(), try await stage.submit("other"))
            try await stage.finish(one)
            #expect(
                try await actions(stage, "job=\(one)") == ["job.submitted", "job.started", "step.done", "job.done"]
            )
            #expect(try await actions(stage, "action=job.submitted").count == 2)
            #expect(try await actions(stage, "action=step.*") == ["step.done"])
            #expect(try await actions(stage, "result=done") == ["step.done", "job.done"])
            #expect(try await actions(stage, "actor=worker/w1&job=\(two)") == [])
            #expect(try await actions(stage, "actor=worker/w1").first == "job.started")
            #expect(try await actions(stage, "until=2020-01-01T00:00:00Z") == [])
            #expect(try await actions(stage, "since=2020-01-01T00:00:00Z").count == 6)
            let first = try await stage.call("GET", "/audit?limit=3")
            #expect(first.json["has_more"] == true)
            #expect(try await actions(stage, "after=\(first.json["next_after"]?.int ?? 0)").count == 3)
            for wrong in ["since=yesterday", "after=-1", "limit=0", "form=odd"] {
                #expect(try await stage.call("GET", "/audit?\(wrong)").status == 400, "\(wrong)")
            }
            let raw = try await stage.call("GET", "/audit?form=raw&limit=1")
            #expect(raw.json["records"]?[0]?["detail"]?.string?.hasPrefix("{") == true)
            #expect(try await stage.call("GET", "/audit/verify").json["whole"] == true)
        }
    }

    @Test func `backups, files that come before their job, and secrets that are shown are on record`() async throws {
        let backups = Backups()
        try await Stage.with(
            { $0.backup = { try backups.make() } },
            webhooks: NoReceiver()
        ) { stage in
            #expect(try await stage.call("POST", "/backup").status == 201)
            #expect(try await stage.call("POST", "/backup").status == 507)
            let file = try await stage.call("POST", "/artifacts?name=anna.txt", body: "x")
            #expect(try await stage.call("GET", "/webhooks/secret").status == 200)
            let records = try await stage.call("GET", "/audit").json["records"]?.array ?? []
            let own = records.filter { $0["action"]?.string?.hasPrefix("key.") != true }
            #expect(
                own.compactMap { $0["action"]?.string } == [
                    "backup.made", "backup.failed", "artifact.uploaded", "webhook.secret_shown",
                ]
            )
            let actors = Set(own.compactMap { $0["actor"]?.string })
            #expect(actors.count == 1 && stage.key.contains(actors.first ?? "?"))
            #expect(own[0]["detail"]?["directory"] == "/data/backups/x" && own[0]["detail"]?["result"] == "done")
            #expect(own[1]["detail"]?["result"] == "failed" && own[1]["detail"]?["reason"] == "storage_full")
            #expect(own[2]["detail"]?["sha256"] == file.json["sha256"] && own[2]["detail"]?["name"] == nil)
        }
    }

    @Test func `an erased job is gone, its place on record is not`() async throws {
        try await Stage.with { stage in
            let (one, two) = (try await stage.submit(), try await stage.submit())
            try await stage.finish(one)
            let dry = try await stage.call("POST", "/audit/erase", body: #"{"job": "\#(one)", "dry_run": true}"#)
            #expect(dry.json["jobs"]?[0]?.string == one)
            #expect(try await stage.call("GET", "/jobs/\(one)").status == 200)
            let done = try await stage.call("POST", "/audit/erase", body: #"{"job": "\#(one)"}"#)
            #expect(done.status == 200 && done.json["jobs"]?.array?.count == 1)
            #expect(try await stage.call("GET", "/jobs/\(one)").status == 404)
            #expect(try await actions(stage, "job=\(one)").last == "audit.erased")
            let records = try await stage.call("GET", "/audit/\(one)").json["records"]?.array ?? []
            #expect(records.compactMap { $0["action"]?.string } == (try await actions(stage, "job=\(one)")))
            let stranger = try await stage.authority.createKey(name: "s", tenant: "other", role: .admin).reveal()
            #expect(try await stage.call("GET", "/audit/\(one)", key: stranger).status == 404)
            #expect(try await stage.call("GET", "/audit/verify").json["whole"] == true)
            let waiting = try await stage.call("POST", "/audit/erase", body: #"{"job": "\#(two)"}"#)
            #expect(waiting.json["refused"]?[0]?["detail"]?.string?.contains("cancel it first") == true)
            #expect(try await stage.call("POST", "/audit/erase", body: #"{"job": "none"}"#).status == 404)
            #expect(try await stage.call("POST", "/audit/erase", body: "{}").status == 400)
        }
    }

    @Test func `a person is erased wherever a job names their address, and nobody whose address only resembles it`()
        async throws
    {
        try await Stage.with { stage in
            let goto = #"{"action": "goto", "url": "https://x/"}"#
            func submit(_ body: String) async throws -> String {
                let answer = try await stage.call("POST", "/jobs", body: body)
                let id = try #require(answer.json["id"]?.string, "\(answer)")
                _ = try await stage.call("DELETE", "/jobs/\(id)")
                return id
            }
            let naming = [
                try await submit(#"{"name": "a", "variables": {"who": "Anna@x.example"}, "tasks": [\#(goto)]}"#),
                try await submit(#"{"name": "Akte anna@x.example", "tasks": [\#(goto)]}"#),
                try await submit(
                    #"{"name": "c", "tasks": [{"action": "fill", "selector": "b", "text": "Hallo,\nanna@x.example"}]}"#
                ),
            ]
            let others = [
                try await submit(#"{"name": "d", "variables": {"who": "joanna@x.example"}, "tasks": [\#(goto)]}"#),
                try await submit(#"{"name": "e", "variables": {"who": "anna@x.example.org"}, "tasks": [\#(goto)]}"#),
            ]
            let raw = try await stage.call("GET", "/audit?job=\(naming[1])&form=raw").body
            #expect(!String(decoding: raw, as: UTF8.self).contains("Akte"))
            let done = try await stage.call("POST", "/audit/erase", body: #"{"person": "anna@x.example"}"#)
            let erased = done.json["jobs"]?.array?.compactMap(\.string) ?? []
            #expect(Set(erased) == Set(naming), "\(done.json.text())")
            for id in naming { #expect(try await stage.call("GET", "/jobs/\(id)").status == 404) }
            for id in others { #expect(try await stage.call("GET", "/jobs/\(id)").status == 200) }
            #expect(try await stage.call("GET", "/audit/verify").json["whole"] == true)
        }
    }

    @Test func `schedules that name a person are named, and stay`() async throws {
        try await Stage.with { stage in
            func schedule(_ name: String, _ person: String) async throws -> String {
                let goto = #"{"action": "goto", "url": "https://x/"}"#
                let scenario = #"{"name": "s", "variables": {"who": "\#(person)"}, "tasks": [\#(goto)]}"#
                let order = #"{"name": "\#(name)", "cron": "@daily", "scenario": \#(scenario)}"#
                let answer = try await stage.call("POST", "/schedules", body: order)
                return try #require(answer.json["id"]?.string, "\(answer)")
            }
            let anna = try await schedule("a", "anna@x.example")
            _ = try await schedule("b", "joanna@x.example")
            let done = try await stage.call("POST", "/audit/erase", body: #"{"person": "Anna@x.example"}"#)
            #expect(done.status == 200 && done.json["schedules"] == [.string(anna)], "\(done.json.text())")
            #expect(done.json["advice"]?.string?.contains("change or remove") == true)
            #expect(try await stage.call("GET", "/schedules").json["schedules"]?.array?.count == 2)
            let other = try await stage.call("POST", "/audit/erase", body: #"{"person": "bert@x.example"}"#)
            #expect(other.json["schedules"] == [] && other.json["advice"] == nil)
            #expect(other.json["messages"] == 0 && other.json["messages_held"] == 0)
        }
    }

    @Test func `keys, agents and holds that name a person are named, with what to do about them`() async throws {
        try await Stage.with { stage in
            func made(_ path: String, _ body: String) async throws -> JSONValue {
                let answer = try await stage.call("POST", path, body: body)
                return try #require(answer.json["id"], "\(answer.json.text())")
            }
            let key = try await made("/keys", #"{"name": "desk of anna@x.example", "role": "viewer"}"#)
            let other = try await made("/keys", #"{"name": "desk of joanna@x.example", "role": "viewer"}"#)
            let agent = #"{"name": "a", "capabilities": ["uia"], "info": {"owner": "anna@x.example"}}"#
            let agentID = try await made("/agents", agent)
            let job = try await stage.submit()
            let hold = try await made("/audit/holds", #"{"reason": "suit of anna@x.example", "job": "\#(job)"}"#)
            let done = try await stage.call("POST", "/audit/erase", body: #"{"person": "anna@x.example"}"#)
            #expect(done.json["keys"]?.array == [key] && key != other, "\(done.json.text())")
            #expect(done.json["agents"]?.array == [agentID] && done.json["holds"]?.array == [hold])
            for word in ["keys", "agents", "holds"] {
                #expect(done.json["advice"]?.string?.contains("The \(word) stay") == true, "\(word)")
            }
            for count in ["files", "uploads", "idempotency_keys", "pause_notes"] {
                #expect(done.json[count] == 0, "\(count)")
            }
        }
    }

    @Test func `what people call keys, schedules and pauses is not on record in clear when it may be an address`()
        async throws
    {
        try await Stage.with { stage in
            let key = try await stage.call("POST", "/keys", body: #"{"name": "anna@x.example", "role": "viewer"}"#)
            _ = try await stage.call("DELETE", "/keys/\(key.json["id"]?.string ?? "")")
            let order = #"{"name": "anna%40x.example", "cron": "@daily", "scenario": \#(Stage.scenario())}"#
            let schedule = try await stage.call("POST", "/schedules", body: order)
            _ = try await stage.call("DELETE", "/schedules/\(schedule.json["id"]?.string ?? "")")
            let pause = #"{"note": "for anna&#64;x.example"}"#
            #expect(try await stage.call("POST", "/queue/pause", body: pause).status == 200)
            #expect(try await actions(stage, "limit=100").filter { $0 != "key.created" }.count == 4)
            let raw = try await stage.call("GET", "/audit?form=raw").body
            #expect(!String(decoding: raw, as: UTF8.self).contains("anna"))
        }
    }

    @Test(arguments: [
        "anna", "Anna Muster <anna@x.example>", "<anna@x.example>", "anna@x.example, bert@x.example", "@x.example",
        " anna@x.example", "",
    ])
    func `a person is one address and nothing else`(person: String) async throws {
        try await Stage.with { stage in
            let body = JSONValue.object(["person": .string(person)]).text()
            let answer = try await stage.call("POST", "/audit/erase", body: body)
            #expect(answer.status == 400, "\(answer)")
            #expect(answer.json["errors"]?[0]?["detail"]?.string?.contains("mail address") == true, "\(answer)")
        }
    }

    @Test func `a reason that names a person is not on record in clear`() async throws {
        try await Stage.with { stage in
            let hold = try await stage.call("POST", "/audit/holds", body: #"{"reason": "suit of anna@x.example"}"#)
            let id = try #require(hold.json["id"]?.string)
            #expect(try await stage.call("DELETE", "/audit/holds/\(id)").status == 200)
            let raw = try await stage.call("GET", "/audit?action=audit.*&form=raw").json["records"]?.array ?? []
            #expect(raw.count == 2)
            for record in raw { #expect(record["detail"]?.string?.contains("anna") == false, "\(record.text())") }
        }
    }

    @Test func `a hold keeps a job until it is released, all of it on record`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await stage.finish(id)
            let hold = try await stage.call("POST", "/audit/holds", body: #"{"reason": "audit", "job": "\#(id)"}"#)
            #expect(hold.status == 201)
            let erase = #"{"job": "\#(id)"}"#
            let refused = try await stage.call("POST", "/audit/erase", body: erase)
            #expect(refused.json["refused"]?[0]?["detail"] == "a legal hold keeps it")
            #expect(try await stage.call("GET", "/jobs/\(id)").status == 200)
            #expect(try await stage.call("GET", "/audit/holds").json["holds"]?[0]?["reason"] == "audit")
            #expect(try await stage.call("DELETE", "/audit/holds/\(hold.json["id"]?.string ?? "")").status == 200)
            #expect(try await stage.call("POST", "/audit/erase", body: erase).json["jobs"]?.array?.count == 1)
            #expect(try await actions(stage, "action=audit.*") == ["audit.held", "audit.released", "audit.erased"])
            let empty = try await stage.call("POST", "/audit/holds", body: #"{"reason": ""}"#)
            #expect(empty.status == 400 && empty.json["errors"]?[0]?["pointer"] == "/reason")
            #expect(
                try await stage.call("POST", "/audit/holds", body: #"{"reason": "x", "job": "none"}"#).status == 404
            )
        }
    }
}
