import JSON
import JobModel
import Storage
import TestSupport

/// A store in a directory that is removed afterwards.
func withStore(_ body: (SQLiteStore, String) async throws -> Void) async throws {
    try await withTemporaryDirectory { directory in
        let store = try await SQLiteStore(path: directory + "/data/cpa.db")
        try await body(store, directory + "/data/cpa.db")
        await store.close()
    }
}

extension JobRecord {
    /// A job with nothing special about it.
    static func sample(_ id: String, tenant: TenantID = .default) -> JobRecord {
        JobRecord(
            id: JobID(id),
            tenant: tenant,
            principal: "cli",
            name: "sample",
            scenario: StoredJSON(["name": "sample", "tasks": []]),
            submitted: 1_000
        )
    }
}
