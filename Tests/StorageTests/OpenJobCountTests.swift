import JobModel
import SQLite
import TestSupport
import Testing

@testable import Storage

/// What a tenant sees of the queue.
@Suite struct OpenJobCountTests {
    @Test func `a tenant's jobs are counted by whether they could run, wait for their time, or run`() async throws {
        try await withStore { store, _ in
            try await store.write { transaction in
                func insert(_ state: JobState, notBefore: Int64? = nil, tenant: TenantID = "acme") throws {
                    var job = JobRecord.sample("\(state)-\(notBefore ?? 0)-\(tenant)", tenant: tenant)
                    job.state = state
                    job.notBefore = notBefore
                    job.ended = state.isTerminal ? 100 : nil
                    try transaction.insert(job)
                }
                for state in JobState.allCases { try insert(state) }
                try insert(.scheduled, notBefore: 99)
                try insert(.pending, notBefore: 100)
                try insert(.scheduled, notBefore: 101)
                try insert(.done, notBefore: 101)
                try insert(.pending, tenant: "other")
                try insert(.scheduled, notBefore: 101, tenant: "other")
                try insert(.running, tenant: "other")
            }
            func counts(_ tenant: TenantID) async throws -> [Int] {
                let found = try await store.read { try $0.openJobCounts(of: tenant, at: 100) }
                return [found.ready, found.delayed, found.running]
            }
            #expect(try await counts("acme") == [4, 1, 1])
            #expect(try await counts("other") == [1, 1, 1])
            #expect(try await counts("nobody") == [0, 0, 0])
        }
    }

    @Test func `they are counted in the index, and no job is read`() async throws {
        try await withTemporaryDirectory { directory in
            let writer = try await SQLiteWriter(path: directory + "/cpa.db", migrations: Schema.migrations)
            let plan = try await writer.write {
                try $0.database.all("EXPLAIN QUERY PLAN \(countOpenJobsOfTenant)", "acme", 100) { $0.text(3) }
            }
            await writer.close()
            #expect(plan.count == 1 && plan.first?.contains("COVERING INDEX jobs_open ") == true, "\(plan)")
        }
    }
}
