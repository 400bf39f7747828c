import Cryptography
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import Security

#if canImport(Glibc)
    import Glibc
#endif

struct SecretStoreTests {
    private func withStore(_ body: (SecretStore, String, SecretsKey) throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let key = SecretsKey.generate()
            try body(SecretStore(path: directory + "/secrets.json", key: key, now: { 7 }), directory, key)
        }
    }

    private func edit(_ path: String, _ body: (inout JSONObject) -> Void) throws {
        let bytes = try #require(FileManager.default.contents(atPath: path))
        var file = try #require(try JSONValue(parsing: Array(bytes)).object)
        body(&file)
        try KeyFile.write(JSONValue.object(file).text(), to: path)
    }

    @Test func `secrets are kept by tenant, replaced and forgotten`() async throws {
        try await withStore { (store, _, _) throws in
            #expect(try store.secret("password", tenant: "default") == nil)
            #expect(try store.set("password", to: "geheim ä\n", tenant: "default").version == 1)
            #expect(try store.set("password", to: "anders", tenant: "acme").version == 1)
            #expect(try store.set("password", to: "neu", tenant: "default").version == 2)
            #expect(try store.secret("password", tenant: "default") == "neu")
            #expect(try store.secret("password", tenant: "acme") == "anders")
            #expect(
                try store.list().map { "\($0.tenant)/\($0.name) \($0.version)" } == [
                    "acme/password 1", "default/password 2",
                ]
            )
            #expect(try store.remove("password", tenant: "default"))
            #expect(try !store.remove("password", tenant: "default"))
            #expect(try store.secret("password", tenant: "default") == nil)
            #expect(try store.set("password", to: "x", tenant: "default").version == 3)
        }
    }

    @Test(arguments: [
        ("", "default"), ("1a", "default"), ("a-b", "default"), ("a b", "default"), ("a__b", "default"),
        ("ä", "default"),
        ("a", ""), ("a", "ac\nme"), ("a", "ac me"), ("a", "ac\u{7F}me"), ("a", String(repeating: "t", count: 101)),
    ])
    func `what is no name is refused with what is one`(name: String, tenant: String) async throws {
        try await withStore { (store, _, _) throws in
            let error = #expect(throws: SecurityError.self) { try store.set(name, to: "x", tenant: tenant) }
            #expect(error?.message.contains("is no name") == true, "\(error?.message ?? "")")
            #expect(try store.list() == [])
        }
    }

    @Test func `nothing of a secret stands in the file, and only its owner reads that`() async throws {
        try await withStore { store, directory, _ in
            try store.set("password", to: "CANARY-4711", tenant: "default")
            let bytes = try #require(FileManager.default.contents(atPath: directory + "/secrets.json"))
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("CANARY"))
            #expect(!text.contains(Base64.encode(Array("CANARY-4711".utf8))))
            let mode = try FileManager.default.attributesOfItem(atPath: directory + "/secrets.json")[.posixPermissions]
            #expect(mode as? Int == 0o600 || "\(mode ?? 0)" == "384")
            chmod(directory + "/secrets.json", 0o644)
            #expect(throws: SecurityError.self) { _ = try store.secret("password", tenant: "default") }
        }
    }

    @Test func `another key is refused in words, and changes nothing`() async throws {
        try await withStore { store, directory, _ in
            try store.set("password", to: "geheim", tenant: "default")
            let path = directory + "/secrets.json"
            let before = FileManager.default.contents(atPath: path)
            let other = SecretStore(path: path, key: .generate(), now: { 7 })
            let error = #expect(throws: SecurityError.self) { try other.set("password", to: "x", tenant: "default") }
            #expect(error?.message.contains("another key") == true)
            #expect(throws: SecurityError.self) { _ = try other.list() }
            #expect(FileManager.default.contents(atPath: path) == before)
        }
    }

    @Test func `a record in another's place does not open`() async throws {
        try await withStore { store, directory, _ in
            let path = directory + "/secrets.json"
            try store.set("a", to: "one", tenant: "default")
            try store.set("b", to: "two", tenant: "default")
            try store.set("a", to: "three", tenant: "acme")
            let bytes = try #require(FileManager.default.contents(atPath: path))
            let moves: [(inout JSONObject) -> Void] = [
                { $0.exchange(["tenants", "default", "secrets", "a"], ["tenants", "default", "secrets", "b"]) },
                { $0.exchange(["tenants", "default", "secrets", "a"], ["tenants", "acme", "secrets", "a"]) },
                { $0.exchange(["tenants", "default", "key"], ["tenants", "acme", "key"]) },
                { $0.replace(["tenants", "default", "secrets", "a", "version"], by: 2) },
            ]
            for move in moves {
                try edit(path, move)
                #expect(throws: SecurityError.self) { _ = try store.secret("a", tenant: "default") }
                try KeyFile.write(String(decoding: bytes, as: UTF8.self), to: path)
                #expect(try store.secret("a", tenant: "default") == "one", "the control: unmoved it opens")
            }
        }
    }

    @Test func `after a rotation the new key opens everything and the old one nothing`() async throws {
        try await withStore { store, directory, _ in
            try store.set("a", to: "one", tenant: "default")
            try store.set("a", to: "two", tenant: "acme")
            let next = SecretsKey.generate()
            try store.rotate(to: next)
            #expect(throws: SecurityError.self) { _ = try store.secret("a", tenant: "default") }
            let later = SecretStore(path: directory + "/secrets.json", key: next, now: { 8 })
            #expect(try later.secret("a", tenant: "default") == "one")
            #expect(try later.secret("a", tenant: "acme") == "two")
        }
    }

    @Test func `a key is 32 bytes, in a file of its owner's`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/secrets.key"
            #expect(throws: SecurityError.self) { _ = try SecretsKey(file: path, isMade: false) }
            let made = try SecretsKey(file: path, isMade: true)
            #expect(try SecretsKey(file: path, isMade: false).bytes == made.bytes)
            #expect(try SecretsKey(parsing: Base64.encode(made.bytes)).bytes == made.bytes)
            chmod(path, 0o640)
            #expect(throws: SecurityError.self) { _ = try SecretsKey(file: path, isMade: false) }
            let error = #expect(throws: SecurityError.self) { _ = try SecretsKey(parsing: "geheim") }
            #expect(error?.message.contains("geheim") == false)
        }
    }

    @Test(arguments: ["", "a b", "a/b", "1a", "ä", "a\n", "{{x}}"])
    func `a name templates cannot say is refused`(name: String) async throws {
        try await withStore { store, _, _ in
            #expect(throws: SecurityError.self) { try store.set(name, to: "x", tenant: "default") }
        }
    }
}

extension JSONObject {
    fileprivate mutating func exchange(_ one: [String], _ two: [String]) {
        let values = (JSONValue.object(self).value(at: one), JSONValue.object(self).value(at: two))
        replace(one, by: values.1)
        replace(two, by: values.0)
    }

    fileprivate mutating func replace(_ path: [String], by value: JSONValue) {
        guard path.count > 1 else {
            self[path[0]] = value
            return
        }
        var inner = self[path[0]]?.object ?? [:]
        inner.replace(Array(path.dropFirst()), by: value)
        self[path[0]] = .object(inner)
    }
}

extension JSONValue {
    fileprivate func value(at path: [String]) -> JSONValue { path.reduce(self) { $0[$1] ?? .null } }
}
