import HTTPServer
import JSON
import JobModel
import Security
import Storage

/// Keys: made, listed, ended.
enum KeyRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "POST",
            "/keys",
            "Makes a key; it is shown this once",
            .needs(.admin, .keys),
            input: .json(
                .input([
                    "name": .text(1...100), "role": .choice(Role.allCases.map(\.rawValue)),
                    "scopes?": APISchema.array(.choice(Scope.allCases.map(\.rawValue))).orNull.described(
                        "What it is narrowed to; all that the role may do unless said"
                    ),
                    "expires_at?": .time.orNull,
                    "tenant?": .text(1...100).described("Another than your own only for keys of 'default'"),
                ]),
                example: [
                    "name": "nightly reports", "role": "operator", "scopes": ["jobs:read", "jobs:write"],
                    "expires_at": "2099-12-31T23:59:59Z",
                ]
            ),
            answers: [.json(201, APISchema.object(members).with("key", .text), "The key", headers: ["Location"])],
            body: create
        ),
        APIRoute(
            "GET",
            "/keys",
            "Lists keys, the newest first; nobody can read a key again",
            .needs(.admin, .keys),
            parameters: [.query("tenant", .text(1...100), "Another than your own only for keys of 'default'")],
            answers: [.json(.object(["keys": .array(.ref("Key"))]), "All of the tenant's")],
            body: list
        ),
        APIRoute(
            "GET",
            "/me",
            "Who the key or token of this call is, and what it is good for",
            .needs(.viewer, .jobsRead, or: Scope.allCases),
            answers: [
                .json(
                    .object([
                        "id": .text, "tenant": .text, "role": .text, "scopes": APISchema.array(.text).orNull,
                        "expires_at": .time.orNull,
                        "works_for": APISchema.choice(WorkReach.allCases.map(\.rawValue)).described(
                            "Whose jobs it may work at"
                        ),
                    ]),
                    "The caller"
                )
            ],
            body: me
        ),
        APIRoute(
            "DELETE",
            "/keys/{id}",
            "Ends a key at once, with the connections it opened; never the last that is good for everything",
            .needs(.admin, .keys),
            answers: [.json(.ref("Key"), "It has ended")],
            problems: [409],
            body: revoke
        ),
    ]

    /// What keys look like.
    static let schemas: [(name: String, schema: APISchema)] = [("Key", .object(members))]

    private static let members: KeyValuePairs<String, APISchema> = [
        "id": .text, "name": .text, "tenant": .text, "role": .text, "scopes": APISchema.array(.text).orNull,
        "created_at": .time, "expires_at": .time.orNull, "revoked_at": .time.orNull, "last_used_at": .time.orNull,
    ]

    private static func me(_ call: APICall) async throws -> HTTPResponse {
        let caller = call.caller
        let scopes = caller.scopes.map { JSONValue.array($0.sorted().map { .string($0.rawValue) }) }
        return call.answer([
            "id": .string(caller.id), "tenant": .string(caller.tenant.rawValue), "role": .string(caller.role.rawValue),
            "scopes": scopes ?? .null, "expires_at": caller.keyExpires.map { .string(RFC3339.format($0)) } ?? .null,
            "works_for": .string(caller.reach.rawValue),
        ])
    }

    // MARK: Make

    private static func create(_ call: APICall) async throws -> HTTPResponse {
        let body = try await call.object()
        try body.refuseMembers(except: ["name", "role", "scopes", "expires_at", "tenant"])
        guard let name = body["name"]?.string, (1...100).contains(name.utf8.count) else {
            throw Problem.member("/name", "must be text of 1 to 100 bytes")
        }
        guard let role = body["role"]?.string.flatMap(Role.init(rawValue:)) else {
            throw Problem.member("/role", "must be one of \(list(Role.allCases.map(\.rawValue))), \(body.said("role"))")
        }
        let tenant = try tenant(body, call)
        var order = KeyOrder(name: name, tenant: tenant, role: role)
        order.scopes = try scopes(body, call)
        if let value = body["expires_at"], !value.isNull {
            guard let time = value.string.flatMap(RFC3339.parse), time > call.server.now() else {
                throw Problem.member(
                    "/expires_at",
                    "must be a time to come, such as 2027-03-01T00:00:00Z, \(body.said("expires_at"))"
                )
            }
            order.expires = time
        }
        // A key cannot give more time than it has itself.
        if let refusal = call.caller.refusal(ofKeyUntil: order.expires) {
            throw Problem.member(
                "/expires_at",
                "\(body.said("expires_at")), but \(refusal): give a time until then, or use a key that does not expire"
            )
        }
        let key = try await call.server.authority.createKey(order, by: call.caller.id)
        let record = try await call.server.authority.keys(of: tenant).first { $0.id == key.id }
        var json = record?.wire ?? [:]
        json["key"] = .string(key.reveal())
        return call.answer(json, status: 201, headers: ["Location": call.link("/keys/\(key.id)")])
    }

    private static func tenant(_ body: JSONObject, _ call: APICall) throws -> TenantID {
        guard let tenant = try body.tenant() else { return call.caller.tenant }
        return try checked(tenant, call, "make keys for")
    }

    /// Others' keys are for who administers the house.
    private static func checked(_ tenant: TenantID, _ call: APICall, _ deed: String) throws -> TenantID {
        guard tenant == call.caller.tenant || call.caller.tenant == .default else {
            throw Problem(
                status: 403,
                code: "forbidden",
                detail: "Only a key of the tenant '\(TenantID.default)' can \(deed) '\(tenant)'"
            )
        }
        return tenant
    }

    private static func scopes(_ body: JSONObject, _ call: APICall) throws -> Set<Scope>? {
        // A key cannot give what it does not have.
        guard let value = body["scopes"], !value.isNull else { return call.caller.scopes }
        let words = list(Scope.allCases.map(\.rawValue))
        guard let names = value.array else {
            throw Problem.member("/scopes", "must be an array of \(words), \(body.said("scopes"))")
        }
        var scopes: Set<Scope> = []
        for (index, name) in names.enumerated() {
            guard let scope = name.string.flatMap(Scope.init(rawValue:)) else {
                throw Problem.member(
                    JSONPointer(["scopes", "\(index)"]),
                    "must be one of \(words), is \(name.text().prefix(60))"
                )
            }
            guard call.caller.scopes?.contains(scope) ?? true else {
                throw Problem.member(
                    JSONPointer(["scopes", "\(index)"]),
                    "'\(scope.rawValue)' is not among the scopes of your own key: leave it out, or use a key that has it"
                )
            }
            scopes.insert(scope)
        }
        return scopes
    }

    private static func list(_ words: [String]) -> String { words.joined(separator: ", ") }

    // MARK: Look, end

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        let named = try call.query("tenant", "a name of 1 to 100 bytes", TenantID.init(checking:))
        let tenant = try named.map { try checked($0, call, "list keys of") } ?? call.caller.tenant
        let keys = try await call.server.authority.keys(of: tenant)
        return call.answer(["keys": .array(keys.map { .object($0.wire) })])
    }

    private static func revoke(_ call: APICall) async throws -> HTTPResponse {
        let (id, caller) = (call.parameters["id"], call.caller)
        // Who administers the house ends anybody's key.
        let tenant = caller.tenant == .default ? nil : caller.tenant
        guard let record = try await call.server.authority.revoke(id, of: tenant, by: caller.id) else {
            throw Problem(status: 404, code: "not_found", detail: "There is no key '\(id.prefix(60))'")
        }
        return call.answer(record.wire)
    }
}

extension APIKeyRecord {
    /// The key as clients see it.
    fileprivate var wire: JSONObject {
        [
            "id": .string(id), "name": .string(name), "tenant": .string(tenant.rawValue), "role": .string(role),
            "scopes": scopes.map { .array($0.map { .string($0) }) } ?? .null,
            "created_at": .string(RFC3339.format(created)),
            "expires_at": expires.map { .string(RFC3339.format($0)) } ?? .null,
            "revoked_at": revoked.map { .string(RFC3339.format($0)) } ?? .null,
            "last_used_at": lastUsed.map { .string(RFC3339.format($0)) } ?? .null,
        ]
    }
}
