import FoundationEssentials
import JobModel
import Security
import Storage
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct APIKeyAuthorityTests {
    private func withAuthority(_ body: (APIKeyAuthority, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let store = try await SQLiteStore(path: directory + "/cpa.db")
            try await body(APIKeyAuthority(store: store, now: { 5 }), directory)
            await store.close()
        }
    }

    @Test func `the first start makes one key that only its owner can read`() async throws {
        try await withAuthority { authority, directory in
            #expect(try await authority.createFirstKey(writingTo: directory + "/api-key"))
            var status = stat()
            #expect(stat(directory + "/api-key", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            let key = try KeyFile.read(directory + "/api-key")
            let principal = try await authority.authenticate(key)
            #expect(principal.tenant == .default)
            #expect(try await !authority.createFirstKey(writingTo: directory + "/api-key"))
            #expect(try KeyFile.read(directory + "/api-key") == key)
        }
    }

    @Test func `the last key that is good for everything cannot be revoked`() async throws {
        try await withAuthority { authority, _ in
            let last = try await authority.createKey(name: "last", tenant: .default, role: .admin)
            // None of these could make such a key again.
            for order in [
                KeyOrder(name: "a", tenant: TenantID("acme"), role: .admin),
                KeyOrder(name: "b", tenant: .default, role: .admin, scopes: [.keys]),
                KeyOrder(name: "c", tenant: .default, role: .admin, expires: 5),
                KeyOrder(name: "d", tenant: .default, role: .approver),
            ] {
                let other = try await authority.createKey(order)
                let failure = await #expect(throws: SecurityError.self) { try await authority.revoke(last.id) }
                #expect(failure?.code == .lastKey && failure?.message.contains("'last'") == true)
                #expect(try await authority.authenticate(last.reveal()).id == last.id)
                #expect(try await authority.revoke(other.id)?.revoked == 5)
            }
            _ = try await authority.createKey(KeyOrder(name: "e", tenant: .default, role: .admin, expires: 6))
            #expect(try await authority.revoke(last.id)?.revoked == 5)
        }
    }

    @Test func `a start makes a key when none is left that is good for everything`() async throws {
        try await withTemporaryDirectory { directory in
            let store = try await SQLiteStore(path: directory + "/cpa.db")
            let path = directory + "/api-key"
            let time = Mutex<Int64>(5)
            let authority = APIKeyAuthority(store: store, now: { time.withLock { $0 } })
            _ = try await authority.createKey(KeyOrder(name: "a", tenant: .default, role: .admin, expires: 10))
            _ = try await authority.createKey(KeyOrder(name: "b", tenant: .default, role: .admin, scopes: [.keys]))
            #expect(try await !authority.createFirstKey(writingTo: path))
            time.withLock { $0 = 10 }
            #expect(try await authority.createFirstKey(writingTo: path))
            let caller = try await authority.authenticate(try KeyFile.read(path))
            #expect(caller.tenant == .default && caller.role == .admin && caller.scopes == nil)
            #expect(try await !authority.createFirstKey(writingTo: path))
            await store.close()
        }
    }

    @Test func `only the exact key is let in`() async throws {
        try await withAuthority { authority, _ in
            let key = try await authority.createKey(name: "test", tenant: TenantID("acme"), role: .admin)
            #expect(try await authority.authenticate(key.reveal()).tenant == TenantID("acme"))
            let other = try await authority.createKey(name: "other", tenant: .default, role: .admin).reveal()
            let mixed = key.reveal().prefix(21) + other.dropFirst(21)
            for wrong in [nil, "", "cpa_", key.reveal() + "A", String(key.reveal().dropLast()), String(mixed)] {
                await #expect(throws: SecurityError.self) { try await authority.authenticate(wrong) }
            }
        }
    }

    @Test func `a revoked key is refused`() async throws {
        try await withAuthority { authority, _ in
            let key = try await authority.createKey(name: "test", tenant: .default, role: .operator)
            try await authority.revoke(key.id)
            await #expect(throws: SecurityError.self) { try await authority.authenticate(key.reveal()) }
        }
    }

    @Test func `a key is known from its first use until it is revoked`() async throws {
        try await withAuthority { authority, _ in
            let key = try await authority.createKey(name: "test", tenant: TenantID("acme"), role: .viewer)
            #expect(authority.known(key.reveal()) == nil)
            let caller = try await authority.authenticate(key.reveal())
            #expect(authority.known(key.reveal()) == caller)
            #expect(authority.known(String(key.reveal().dropLast())) == nil)
            try await authority.revoke(key.id)
            #expect(authority.known(key.reveal()) == nil)
        }
    }

    @Test func `a key file others can read is refused`() async throws {
        try await withAuthority { authority, directory in
            let path = directory + "/api-key"
            try await authority.createFirstKey(writingTo: path)
            chmod(path, 0o644)
            #expect(throws: SecurityError.self) { try KeyFile.read(path) }
        }
    }

    @Test func `the database holds no key`() async throws {
        try await withAuthority { authority, directory in
            let key = try await authority.createKey(name: "test", tenant: .default, role: .admin)
            let secret = key.reveal().split(separator: "_", maxSplits: 2)[2]
            for file in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let content = try Data(contentsOf: URL(filePath: directory + "/" + file))
                #expect(!String(decoding: content, as: UTF8.self).contains(secret))
            }
        }
    }
}
