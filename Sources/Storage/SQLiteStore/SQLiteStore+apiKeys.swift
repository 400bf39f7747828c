import JobModel
import SQLite

extension SQLiteReading {
    package func apiKey(_ id: String) throws -> APIKeyRecord? {
        try database.first("SELECT tenant, name, hash, created_ms, revoked_ms FROM api_keys WHERE id = ?", id) { row in
            APIKeyRecord(
                id: id,
                tenant: TenantID(row.text(0)),
                name: row.text(1),
                hash: row.blob(2),
                created: row.integer(3),
                revoked: row.optionalInteger(4)
            )
        }
    }

    package func hasAPIKey() throws -> Bool {
        try database.first("SELECT 1 FROM api_keys WHERE revoked_ms IS NULL LIMIT 1") { _ in true } ?? false
    }
}

extension SQLiteWriting {
    package func insert(_ key: APIKeyRecord) throws {
        try database.run(
            "INSERT INTO api_keys (id, tenant, name, hash, created_ms, revoked_ms) VALUES (?, ?, ?, ?, ?, ?)",
            key.id,
            key.tenant,
            key.name,
            key.hash,
            key.created,
            key.revoked
        )
    }

    package func revokeAPIKey(_ id: String, at time: Int64) throws {
        try database.run("UPDATE api_keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", time, id)
    }
}
