import JSON
import JobModel
import SQLite

// The queue's own row has the empty name, which no tenant has.
extension SQLiteReading {
    package func policies() throws -> [PolicyRecord] {
        try database.all("SELECT tenant, policy FROM policies ORDER BY tenant") { row in
            let tenant = row.text(0)
            return PolicyRecord(tenant: tenant.isEmpty ? nil : TenantID(tenant), json: try row.object(1))
        }
    }

    package func policy(of tenant: TenantID?) throws -> PolicyRecord {
        try database.first("SELECT policy FROM policies WHERE tenant = ?", tenant?.rawValue ?? "") { row in
            PolicyRecord(tenant: tenant, json: try row.object(0))
        } ?? PolicyRecord(tenant: tenant)
    }
}

extension SQLiteWriting {
    package func save(_ policy: PolicyRecord, at time: Int64) throws {
        let name = policy.tenant?.rawValue ?? ""
        guard !policy.isDefault else {
            try database.run("DELETE FROM policies WHERE tenant = ?", name)
            return
        }
        try database.run(
            """
            INSERT INTO policies (tenant, policy, updated_ms) VALUES (?, ?, ?)
            ON CONFLICT (tenant) DO UPDATE SET policy = excluded.policy, updated_ms = excluded.updated_ms
            """,
            name,
            policy.json.text(),
            time
        )
    }
}
