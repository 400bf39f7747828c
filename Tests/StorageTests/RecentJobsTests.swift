import JSON
import JobModel
import Storage
import Testing

@Suite struct RecentJobsTests {
    private struct Refused: Error {}

    private static let ids = (1...6).map { JobID("j\($0)") }

    /// What the writer takes a job for, beside its row.
    private func check(_ store: SQLiteStore, _ id: JobID, _ after: String) async throws {
        let known = try await store.write { try $0.job(id) }
        let row = try await store.read { try $0.job(id) }
        #expect(known == row, "\(id) after \(after)")
    }

    /// One change of a job; throws when it is to be taken back.
    private static func change(_ id: JobID, _ kind: Int, in transaction: any StoreTransaction) throws {
        guard let old = try transaction.job(id) else {
            var job = JobRecord.sample(id.rawValue)
            job.needs = ["goto", "fill"]
            if kind == 5 { job.scenario = StoredJSON(["name": .string(String(repeating: "x", count: 10_000))]) }
            return try transaction.insert(job)
        }
        var job = old
        job.updated += 1
        switch kind {
        case 0, 1:
            job.state = old.state == .pending ? .running : .pending
            job.worker = old.state == .pending ? "w" : nil
            job.epoch = Epoch(old.epoch.rawValue + 1)
            try transaction.update(job, from: old)
        case 2:
            job.outputs = ["count": 3, "ratio": 0.5, "whole": 2.0, "name": "ä"]
            job.message = "a \"message\""
            try transaction.update(job, from: old)
        case 3: try transaction.noteProgress(of: id, at: old.updated + 7)
        case 4: try transaction.deleteJob(id, at: 5)
        default:
            try transaction.update(job, from: old)
            throw Refused()
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `a job is what its row says, whatever was done to it and taken back`(seed: UInt64) async throws {
        try await withStore { store, _ in
            var state = seed
            func next(_ count: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % count
            }
            for step in 0..<150 {
                // Several at once share a commit.
                let changes = (0...next(4)).map { _ in (id: Self.ids[next(Self.ids.count)], kind: next(6)) }
                await withTaskGroup(of: Void.self) { group in
                    for (id, kind) in changes {
                        group.addTask { try? await store.write { try Self.change(id, kind, in: $0) } }
                    }
                }
                for id in Self.ids { try await check(store, id, "step \(step): \(changes)") }
            }
        }
    }

    @Test func `a change that another replaced in the same commit is not what is known afterwards`() async throws {
        try await withStore { store, _ in
            let job = JobRecord.sample("j1")
            try await store.write { transaction in
                try transaction.insert(job)
                var running = job
                (running.state, running.worker) = (.running, "w")
                try transaction.update(running, from: job)
                try transaction.noteProgress(of: job.id, at: 9_000)
            }
            try await check(store, job.id, "two changes and a note")
            #expect(try await store.write { try $0.job(job.id) }?.updated == 9_000)
        }
    }

    @Test func `a row that is no longer as it was is not changed`() async throws {
        try await withStore { store, _ in
            let job = JobRecord.sample("j1")
            try await store.write { try $0.insert(job) }
            await #expect(throws: StorageError.self) {
                try await store.write { transaction in
                    var other = job
                    other.epoch = Epoch(4)
                    try transaction.update(job, from: other)
                }
            }
            try await check(store, job.id, "a conflict")
        }
    }
}
