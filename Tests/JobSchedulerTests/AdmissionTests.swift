import JSON
import JobModel
import JobQueue
import Storage
import Testing

@testable import JobScheduler

/// Who may begin: the index gives out candidates, SQL admits one of them.
@Suite(.timeLimit(.minutes(4))) struct AdmissionTests {
    /// Where the index lies that is emptied.
    enum Place: CaseIterable {
        case memory, redis

        func with(_ body: (Stage) async throws -> Void) async throws {
            switch self {
            case .memory: try await Stage.with { try await body($0) }
            case .redis: try await Stage.withRedis(body)
            }
        }
    }

    /// Two workers claim one job, because the index forgot the first, and both ask for it.
    ///
    /// - Parameters:
    ///   - order: who asks first.
    ///   - isGated: off for a positive control: whoever claimed it begins.
    private func claimTwice(in place: Place, order: [Int], isGated: Bool = true) async throws {
        try await place.with { stage in
            let id = try await stage.submit()
            var claims = [try await stage.claim("w1")]
            try await stage.index.flush()
            try await stage.scheduler.reconciler.reconcile()
            try await stage.relay()
            claims.append(try await stage.claim("w2"))
            var admitted: [WorkerID] = []
            for number in order {
                do {
                    if isGated { try await claims[number].send(.agree) }
                    admitted.append(claims[number].lease.worker)
                } catch let error as SchedulerError where error.code == .staleEpoch {}
            }
            #expect(admitted.count == 1)
            #expect(try await stage.job(id).worker == admitted.first)
        }
    }

    @Test func `positive control: without agree both would begin`() async throws {
        try await withKnownIssue("nobody asks") {
            try await claimTwice(in: .memory, order: [0, 1], isGated: false)
        } matching: {
            $0.error == nil
        }
    }

    @Test(arguments: Place.allCases, [[0, 1], [1, 0]])
    func `an index emptied between claim and agree admits one worker only`(place: Place, order: [Int]) async throws {
        try await claimTwice(in: place, order: order)
    }

    @Test func `whenever Redis is emptied, each job has one worker, which is the one SQL names`() async throws {
        var doubles = 0
        for seed in 1...3 as ClosedRange<UInt64> {
            try await Stage.withRedis { stage in
                var model = AdmissionModel(stage: stage, seed: seed)
                try await model.run(steps: 80)
                doubles += model.doubles
            }
        }
        #expect(doubles > 0, "No job was ever claimed twice, so nothing was tried")
    }
}

/// Claims, agreements, returns and losses of all of Redis by chance, and who is admitted by what the answers said.
private struct AdmissionModel {
    let stage: Stage
    let seed: UInt64
    var random: SplitMix
    var jobs: [JobID] = []
    var candidates: [TestWorker] = []
    var admitted: [JobID: TestWorker] = [:]
    /// How often a job was claimed that another worker had claimed and not yet asked for.
    var doubles = 0
    var names = 0

    init(stage: Stage, seed: UInt64) {
        self.stage = stage
        self.seed = seed
        random = SplitMix(state: seed)
    }

    mutating func run(steps: Int) async throws {
        for _ in 0..<4 { jobs.append(try await stage.submit()) }
        for step in 0..<steps {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: try await claim()
            case 4..<6: try await empty()
            case 6..<9: try await agree(step)
            default: try await giveBack()
            }
            try await check(step)
        }
    }

    private mutating func claim() async throws {
        names += 1
        guard let worker = try? await stage.claim("w\(names)") else { return }
        if candidates.contains(where: { $0.job == worker.job }) { doubles += 1 }
        candidates.append(worker)
    }

    private func empty() async throws {
        try await stage.index.flush()
        try await stage.scheduler.reconciler.reconcile()
        try await stage.relay()
    }

    private mutating func agree(_ step: Int) async throws {
        guard let number = candidates.indices.randomElement(using: &random) else { return }
        let worker = candidates.remove(at: number)
        let row = try await stage.job(worker.job)
        do {
            try await worker.send(.agree)
            #expect(admitted[worker.job] == nil, "step \(step), seed \(seed): two workers have \(worker.job)")
            admitted[worker.job] = worker
        } catch let error as SchedulerError where error.code == .staleEpoch {
            let isLate = row.state == .running || row.epoch >= worker.lease.epoch
            #expect(isLate, "step \(step), seed \(seed): \(worker.lease) was refused for nothing")
        }
    }

    private mutating func giveBack() async throws {
        guard let job = admitted.keys.sorted(by: { $0.rawValue < $1.rawValue }).randomElement(using: &random),
            let worker = admitted.removeValue(forKey: job)
        else { return }
        try await worker.send(.refuse, ["reason": "drain"])
        _ = try await stage.index.finish(worker.lease)
        try await stage.relay()
    }

    private func check(_ step: Int) async throws {
        for job in jobs {
            let row = try await stage.job(job)
            let worker = admitted[job]
            #expect((row.state == .running) == (worker != nil), "step \(step), seed \(seed): \(job) is \(row.state)")
            #expect(row.worker == worker?.lease.worker, "step \(step), seed \(seed)")
        }
    }
}
