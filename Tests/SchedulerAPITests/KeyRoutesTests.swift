import JSON
import JobModel
import Security
import Testing

@testable import SchedulerAPI

@Suite struct KeyRoutesTests {
    private func key(_ stage: Stage, _ body: String, by key: String? = nil) async throws -> JSONValue {
        let answer = try await stage.call("POST", "/keys", body: body, key: key ?? stage.key)
        #expect(answer.status == 201, "\(answer.json.text())")
        return answer.json
    }

    @Test func `a key is made, seen, used and ended, and each is in the audit`() async throws {
        try await Stage.with { stage in
            let made = try await key(stage, #"{"name": "desk", "role": "viewer", "scopes": ["jobs:read"]}"#)
            let secret = try #require(made["key"]?.string)
            #expect(made["scopes"] == ["jobs:read"] && made["last_used_at"] == .null)
            #expect(try await stage.call("GET", "/jobs", key: secret).status == 200)
            let refused = try await stage.call("POST", "/jobs", body: Stage.scenario(), key: secret)
            #expect(refused.status == 403 && refused.json["detail"]?.string?.contains("operator") == true)
            let listed = try await stage.call("GET", "/keys").json["keys"]?.array ?? []
            let row = try #require(listed.first { $0["id"] == made["id"] })
            #expect(row["key"] == nil && row["last_used_at"] != .null)
            let id = try #require(made["id"]?.string)
            #expect(try await stage.call("DELETE", "/keys/\(id)").json["revoked_at"] != .null)
            #expect(try await stage.call("GET", "/jobs", key: secret).status == 401)
            let records = try await stage.call("GET", "/audit").json["records"]?.array ?? []
            let actions = records.filter { $0["detail"]?["key"] == .string(id) }.map { $0["action"] }
            #expect(actions == ["key.created", "key.revoked"])
        }
    }

    @Test func `nobody locks everybody out by ending the last key that is good for everything`() async throws {
        try await Stage.with { stage in
            let keys = try await stage.call("GET", "/keys").json["keys"]?.array ?? []
            let own = try #require(keys.first?["id"]?.string)
            let refused = try await stage.call("DELETE", "/keys/\(own)")
            #expect(refused.status == 409 && refused.json["code"] == "conflict")
            #expect(refused.json["detail"]?.string?.contains("make another first") == true)
            _ = try await key(stage, #"{"name": "next", "role": "admin"}"#)
            #expect(try await stage.call("DELETE", "/keys/\(own)").status == 200)
        }
    }

    @Test func `a key ends by itself`() async throws {
        try await Stage.with { stage in
            let order = KeyOrder(name: "old", tenant: .default, role: .admin, expires: 1)
            let old = try await stage.authority.createKey(order).reveal()
            #expect(try await stage.call("GET", "/jobs", key: old).status == 401)
            let made = try await key(stage, #"{"name": "y", "role": "viewer", "expires_at": "2999-01-01T00:00:00Z"}"#)
            #expect(try await stage.call("GET", "/jobs", key: made["key"]?.string ?? "").status == 200)
        }
    }

    @Test(arguments: [#"acme\u0000x"#, #"acme\n"#, "", String(repeating: "a", count: 101)])
    func `what is no name of a tenant gets no key and no limits`(tenant: String) async throws {
        try await Stage.with { stage in
            let body = #"{"name": "z", "role": "operator", "tenant": "\#(tenant)"}"#
            let key = try await stage.call("POST", "/keys", body: body)
            #expect(key.status == 400 && key.json["errors"]?[0]?["pointer"] == "/tenant")
            let limits = try await stage.call("PUT", "/queue/limits", body: #"{"tenant": "\#(tenant)", "weight": 2}"#)
            #expect(limits.status == 400 && limits.json["errors"]?[0]?["pointer"] == "/tenant")
        }
    }

    @Test func `a key gives neither scopes it lacks nor other tenants' keys, unless it keeps the house`() async throws {
        try await Stage.with { stage in
            let narrow = try await key(stage, #"{"name": "n", "role": "admin", "scopes": ["keys"]}"#)["key"]?.string
            let wide = #"{"name": "w", "role": "admin", "scopes": ["system"]}"#
            #expect(try await stage.call("POST", "/keys", body: wide, key: narrow).status == 400)
            let copy = try await key(stage, #"{"name": "c", "role": "admin"}"#, by: narrow)
            #expect(copy["scopes"] == ["keys"])
            let acme = try await key(stage, #"{"name": "a", "role": "admin", "tenant": "acme"}"#)
            let (id, secret) = (acme["id"]?.string ?? "", acme["key"]?.string)
            let foreign = #"{"name": "f", "role": "viewer", "tenant": "default"}"#
            #expect(try await stage.call("POST", "/keys", body: foreign, key: secret).status == 403)
            let own = copy["id"]?.string ?? ""
            #expect(try await stage.call("DELETE", "/keys/\(own)", key: secret).status == 404)
            #expect(try await stage.call("GET", "/keys", key: secret).json["keys"]?.array?.count == 1)
            #expect(try await stage.call("DELETE", "/keys/\(id)").status == 200)
        }
    }

    @Test func `who keeps the house lists the keys of a tenant by name, and nobody else does`() async throws {
        try await Stage.with { stage in
            let acme = try await key(stage, #"{"name": "a", "role": "admin", "tenant": "acme"}"#)
            let listed = try await stage.call("GET", "/keys?tenant=acme")
            #expect(listed.json["keys"]?.array?.map { $0["id"] } == [acme["id"]])
            #expect(try await stage.call("GET", "/keys?tenant=nobody").json["keys"] == [])
            let own = try await stage.call("GET", "/keys?tenant=acme", key: acme["key"]?.string)
            #expect(own.json["keys"]?.array?.count == 1)
            let foreign = try await stage.call("GET", "/keys?tenant=default", key: acme["key"]?.string)
            #expect(foreign.status == 403)
            #expect(foreign.json["detail"]?.string?.contains("can list keys of 'default'") == true)
            #expect(try await stage.call("GET", "/keys?tenant=").status == 400)
        }
    }

    @Test(arguments: [
        (#"{"role": "viewer"}"#, "/name"), (#"{"name": "x", "role": "boss"}"#, "/role"),
        (#"{"name": "x", "role": "viewer", "scopes": ["jobs"]}"#, "/scopes/0"),
        (#"{"name": "x", "role": "viewer", "expires_at": "2001-01-01T00:00:00Z"}"#, "/expires_at"),
        (#"{"name": "x", "role": "viewer", "until": 1}"#, "/until"),
    ])
    func `what is wrong with an order is told by its pointer`(_ body: String, _ pointer: String) async throws {
        try await Stage.with { stage in
            let answer = try await stage.call("POST", "/keys", body: body)
            #expect(answer.status == 400 && answer.json["errors"]?[0]?["pointer"] == .string(pointer))
            #expect(try await stage.call("GET", "/keys").json["keys"]?.array?.count == 1)
        }
    }

    @Test func `a key that ends makes none that outlives it`() async throws {
        try await Stage.with { stage in
            let end = "2999-01-01T00:00:00Z"
            let made = try await key(stage, #"{"name": "a", "role": "admin", "expires_at": "\#(end)"}"#)
            let secret = made["key"]?.string ?? ""
            for more in ["", #", "expires_at": null"#, #", "expires_at": "2999-01-01T00:00:01Z""#] {
                let body = #"{"name": "b", "role": "viewer"\#(more)}"#
                let answer = try await stage.call("POST", "/keys", body: body, key: secret)
                #expect(answer.status == 400 && answer.json["errors"]?[0]?["pointer"] == "/expires_at", "\(more)")
                #expect(answer.json["detail"]?.string?.contains("2999-01-01T00:00:00") == true)
            }
            let body = #"{"name": "b", "role": "viewer", "expires_at": "\#(end)"}"#
            #expect(try await stage.call("POST", "/keys", body: body, key: secret).status == 201)
        }
    }

    @Test func `a key that ends registers no agent, whose key would outlive it`() async throws {
        try await Stage.with { stage in
            let made = try await key(stage, #"{"name": "a", "role": "admin", "expires_at": "2999-01-01T00:00:00Z"}"#)
            let body = #"{"name": "bot", "capabilities": ["x"]}"#
            let answer = try await stage.call("POST", "/agents", body: body, key: made["key"]?.string ?? "")
            #expect(answer.status == 403 && answer.json["detail"]?.string?.contains("may outlive it") == true)
            #expect(try await stage.call("GET", "/agents").json["agents"] == [])
        }
    }
}
