import JSON
import JobModel
import SQLite

extension SQLiteReading {
    package func apiKey(_ id: String) throws -> APIKeyRecord? {
        try database.first("SELECT \(APIKeyColumns.all) FROM api_keys WHERE id = ?", id, row: APIKeyColumns.record)
    }

    package func apiKeys(of tenant: TenantID) throws -> [APIKeyRecord] {
        try database.all(
            "SELECT \(APIKeyColumns.all) FROM api_keys WHERE tenant = ? ORDER BY created_ms DESC, id",
            tenant,
            row: APIKeyColumns.record
        )
    }

    package func hasMasterKey(besides id: String?, at time: Int64) throws -> Bool {
        let found = try database.first(
            """
            SELECT 1 FROM api_keys WHERE tenant = ? AND role = 'admin' AND scopes IS NULL AND revoked_ms IS NULL
            AND (expires_ms IS NULL OR expires_ms > ?) AND id IS NOT ? LIMIT 1
            """,
            TenantID.default,
            time,
            id
        ) { _ in true }
        return found ?? false
    }
}

extension SQLiteWriting {
    package func insert(_ key: APIKeyRecord) throws {
        try database.run(
            """
            INSERT INTO api_keys (id, tenant, name, hash, created_ms, role, scopes, expires_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            key.id,
            key.tenant,
            key.name,
            key.hash,
            key.created,
            key.role,
            key.scopes.map { $0.joined(separator: " ") },
            key.expires
        )
    }

    package func revokeAPIKey(_ id: String, at time: Int64) throws -> Bool {
        try database.run("UPDATE api_keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", time, id) > 0
    }

    package func noteUse(ofAPIKey id: String, at time: Int64) throws {
        try database.run("UPDATE api_keys SET last_used_ms = ? WHERE id = ?", time, id)
    }
}

private enum APIKeyColumns {
    static let all = "id, tenant, name, hash, created_ms, role, scopes, expires_ms, revoked_ms, last_used_ms"

    static func record(_ row: SQLiteRow) -> APIKeyRecord {
        var record = APIKeyRecord(
            id: row.text(0),
            tenant: TenantID(row.text(1)),
            name: row.text(2),
            hash: row.blob(3),
            created: row.integer(4),
            role: row.text(5),
            scopes: row.optionalText(6).map { $0.split(separator: " ").map(String.init) },
            expires: row.optionalInteger(7)
        )
        record.revoked = row.optionalInteger(8)
        record.lastUsed = row.optionalInteger(9)
        return record
    }
}
