import Cryptography
import JSON
import JobModel
import Testing

@testable import SchedulerAPI

/// Which tenants' jobs a worker's key is good for.
@Suite struct WorkerTenantTests {
    private static let hash = SHA256.digest(of: Array("content".utf8)).hex

    private func message(_ type: String, _ job: String, tenant: String) -> String {
        let message: JSONObject = [
            "id": .string("\(type)-\(job)"), "ts": "2026-03-01T08:30:00Z", "type": .string(type),
            "sender": "agent://worker/w1", "to": ["agent://scheduler"], "epoch": 1,
            "payload": ["job_id": .string(job), "worker": "w1"], "context": ["tenant": .string(tenant)],
        ]
        return message.text()
    }

    private func key(_ stage: Stage, _ body: String, by: String? = nil) async throws -> String {
        try await stage.call("POST", "/keys", body: body, key: by ?? stage.key).json["key"]?.string ?? "none"
    }

    @Test func `a key for workers of the house works for every tenant, and reads files by its lease alone`()
        async throws
    {
        try await Stage.with { stage in
            let acme = try await key(stage, #"{"name": "a", "role": "admin", "tenant": "acme"}"#)
            let worker = try await key(stage, #"{"name": "w", "role": "operator", "scopes": ["work"]}"#)
            let made = try await stage.call("POST", "/jobs", body: Stage.scenario(), key: acme)
            let job = try #require(made.json["id"]?.string)
            func file(_ method: String, _ lease: String, key: String) async throws -> Int {
                let path = "/jobs/\(job)/artifacts/f?sha256=\(Self.hash)\(lease)"
                let body = method == "PUT" ? "content" : nil
                return try await stage.call(method, path, body: body, key: key).status
            }
            let agreed = try await stage.call(
                "POST",
                "/lam/message",
                body: message("agree", job, tenant: "acme"),
                key: worker
            )
            #expect(agreed.status == 200 && agreed.json["job"]?["tenant"] == "acme", "\(agreed.json.text())")
            #expect(try await file("PUT", "&epoch=1&worker=w1", key: worker) == 204)
            #expect(try await file("GET", "&epoch=1&worker=w1", key: worker) == 200)
            #expect(try await file("GET", "&epoch=2&worker=w1", key: worker) == 409)
            #expect(try await file("GET", "&epoch=1&worker=w2", key: worker) == 409)
            #expect(try await file("GET", "", key: worker) == 400)
            #expect(try await file("GET", "", key: acme) == 200)
            // Who looks, and does not work, is of one tenant.
            #expect(try await file("GET", "", key: stage.key) == 404)
            #expect(try await stage.call("GET", "/jobs/\(job)").status == 404)
        }
    }

    @Test func `a key of another tenant, and one that was not made for workers, works for its own alone`() async throws
    {
        try await Stage.with { stage in
            let job = try await stage.submit()
            let acme = try await key(stage, #"{"name": "a", "role": "admin", "tenant": "acme"}"#)
            let theirs = try await key(stage, #"{"name": "w", "role": "operator", "scopes": ["work"]}"#, by: acme)
            let plain = try await key(stage, #"{"name": "p", "role": "operator", "scopes": null}"#)
            for (key, tenant) in [(acme, "default"), (theirs, "default"), (plain, "acme")] {
                let answer = try await stage.call(
                    "POST",
                    "/lam/message",
                    body: message("agree", job, tenant: tenant),
                    key: key
                )
                #expect(answer.status == 403, "\(answer.json.text())")
                #expect(answer.json["detail"]?.string?.contains("scope 'work'") == true)
            }
            let lease = "/jobs/\(job)/artifacts/f?sha256=\(Self.hash)&epoch=1&worker=w1"
            #expect(try await stage.call("PUT", lease, body: "content", key: theirs).status == 404)
            #expect(try await stage.call("GET", lease, key: theirs).status == 404)
        }
    }

    @Test func `an agent's key takes no worker's word, for no tenant, and reads no file by a lease`() async throws {
        try await Stage.with { stage in
            let agent = try await stage.call("POST", "/agents", body: #"{"name": "bot", "capabilities": ["x"]}"#)
            let key = try #require(agent.json["api_key"]?.string)
            let acme = try await self.key(stage, #"{"name": "a", "role": "admin", "tenant": "acme"}"#)
            let theirs = try await stage.call("POST", "/jobs", body: Stage.scenario(), key: acme)
            let own = try await stage.submit()
            for (job, tenant) in [(theirs.json["id"]?.string ?? "", "acme"), (own, "default")] {
                let body = message("agree", job, tenant: tenant)
                #expect(try await stage.call("POST", "/lam/message", body: body, key: key).status == 403)
                let lease = "/jobs/\(job)/artifacts/f?sha256=\(Self.hash)&epoch=1&worker=w1"
                #expect(try await stage.call("PUT", lease, body: "content", key: key).status == 403)
                #expect(try await stage.call("GET", lease, key: key).status == 403)
            }
            #expect(try await stage.call("GET", "/me", key: key).json["works_for"] == "none")
        }
    }

    @Test func `a caller is told who it is and whose jobs it may work at`() async throws {
        try await Stage.with { stage in
            let acme = try await key(stage, #"{"name": "a", "role": "admin", "tenant": "acme"}"#)
            let worker = try await key(stage, #"{"name": "w", "role": "operator", "scopes": ["work"]}"#)
            let reader = try await key(stage, #"{"name": "r", "role": "viewer", "expires_at": "2999-01-01T00:00:00Z"}"#)
            for (key, reach) in [(stage.key, "all"), (worker, "all"), (acme, "own"), (reader, "none")] {
                let answer = try await stage.call("GET", "/me", key: key)
                #expect(answer.status == 200 && answer.json["works_for"] == .string(reach), "\(answer.json.text())")
            }
            let answer = try await stage.call("GET", "/me", key: reader)
            #expect(answer.json["expires_at"] == "2999-01-01T00:00:00.000Z" && answer.json["scopes"] == .null)
            #expect(try await stage.call("GET", "/me", key: worker).json["scopes"] == ["work"])
        }
    }
}
