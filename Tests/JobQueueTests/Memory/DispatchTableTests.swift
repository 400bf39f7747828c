import JobModel
import Testing

@testable import JobQueue

@Suite struct DispatchTableTests {
    private func claim(_ table: inout DispatchTable, at now: Int64) -> JobID? {
        table.claim(worker: "w", capabilities: [], lease: .seconds(10), now: now)?.job
    }

    @Test func `priority is a head start of ten seconds a point, so that nothing starves`() {
        var table = DispatchTable()
        table.enqueue(.job("old"), now: 0)
        table.enqueue(.job("urgent", priority: 2), now: 19_999)
        table.enqueue(.job("too late", priority: 2), now: 20_001)
        #expect(
            [claim(&table, at: 30_000), claim(&table, at: 30_000), claim(&table, at: 30_000)] == [
                "urgent", "old", "too late",
            ]
        )
    }

    @Test func `a delayed job's turn counts from when it was due`() {
        var table = DispatchTable()
        table.enqueue(.job("delayed", notBefore: 500), now: 0)
        table.enqueue(.job("ready"), now: 600)
        #expect(table.nextDue(0) == 500)
        #expect(claim(&table, at: 1000) == "delayed")
    }

    @Test func `one claim makes a bounded number of delayed jobs ready`() {
        var table = DispatchTable()
        for number in 0..<250 { table.enqueue(.job(JobID("\(number)"), notBefore: Int64(number) + 1), now: 0) }
        #expect(claim(&table, at: 1000) == "0")
        #expect(table.depth == DispatchDepth(ready: 99, delayed: 150, leased: 1))
    }

    /// Twenty thousand claims that each looked at every waiting job would outlast the test.
    @Test(.timeLimit(.minutes(1))) func `a claim looks at no job that waits behind another`() {
        var table = DispatchTable()
        let jobs = (0..<20_000).map { JobID("\($0)") }
        for (number, job) in jobs.enumerated() {
            let tenant = TenantID("t\(number % 2)")
            table.enqueue(.job(job, of: tenant, needs: number % 3 == 0 ? ["a"] : []), now: 0)
            table.enqueue(.job(JobID("later\(number)"), notBefore: 1_000_000 + Int64(number)), now: 0)
        }
        var taken: [JobID] = []
        while let lease = table.claim(worker: "w", capabilities: ["a"], lease: .seconds(10), now: 1) {
            taken.append(lease.job)
            let isFinished = table.finish(lease)
            #expect(isFinished)
        }
        // Two tenants by turns, each first come, first served.
        #expect(taken == jobs)
        #expect(table.depth == DispatchDepth(ready: 0, delayed: 20_000, leased: 0))
        #expect(table.nextDue(1) == 1_000_000)
    }
}
