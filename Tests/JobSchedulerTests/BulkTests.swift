import JSON
import JobModel
import Storage
import Testing

@testable import JobScheduler

@Suite struct BulkTests {
    private static let goto: JSONValue = [["action": "goto", "url": "https://x/"]]

    private func submission(_ name: String, key: String? = nil, unique: UniqueKey? = nil) -> JobSubmission {
        var submission = JobSubmission(scenario: ["name": .string(name), "tasks": Self.goto], idempotencyKey: key)
        submission.unique = unique
        return submission
    }

    private let broken = JobSubmission(scenario: ["tasks": [["action": "klick"]]])

    private func codes(_ results: [Result<JobRecord, SchedulerError>]) -> [SchedulerError.Code?] {
        results.map { if case .failure(let error) = $0 { error.code } else { nil } }
    }

    @Test func `many are accepted at once, each with its own answer`() async throws {
        try await Stage.with { stage in
            let results = try await stage.scheduler.submit(
                [
                    submission("a"), broken, submission("b", key: "k"), submission("b", key: "k"),
                    submission("c", key: "k"),
                ],
                isAtomic: false,
                as: Stage.cli
            )
            #expect(codes(results) == [nil, .invalidInput, nil, nil, .idempotencyMismatch])
            #expect(try results[2].get().id == results[3].get().id)
            let stored = try await stage.scheduler.jobs(JobQuery(tenant: .default), for: Stage.cli).map(\.name)
            #expect(stored == ["b", "a"])
            try await stage.relay()
            #expect(try await stage.index.isKnown(try results[0].get().id))
        }
    }

    @Test func `an atomic call with one that cannot be accepted stores nothing`() async throws {
        try await Stage.with { stage in
            _ = try await stage.scheduler.submit(submission("x", key: "k"), as: Stage.cli)
            for bad in [broken, submission("y", key: "k")] {
                let refusal = await #expect(throws: BulkRefusal.self) {
                    try await stage.scheduler.submit([submission("a"), bad], isAtomic: true, as: Stage.cli)
                }
                #expect(refusal?.errors.map(\.index) == [1])
            }
            #expect(try await stage.scheduler.jobs(JobQuery(tenant: .default), for: Stage.cli).map(\.name) == ["x"])
        }
    }

    @Test func `an atomic call with one key twice names the position of the other`() async throws {
        try await Stage.with { stage in
            let twice = [submission("a", unique: UniqueKey("u")), submission("b", unique: UniqueKey("u"))]
            let different = [submission("a", key: "k"), submission("b", key: "k")]
            for (calls, words) in [(twice, "unique key 'u'"), (different, "idempotency key 'k'")] {
                let refusal = await #expect(throws: BulkRefusal.self) {
                    try await stage.scheduler.submit(calls, isAtomic: true, as: Stage.cli)
                }
                let message = refusal?.errors.first?.error.message ?? ""
                #expect(message.contains(words) && message.contains("the submission at position 0"), "\(message)")
            }
        }
    }

    @Test(arguments: [0, 1_001]) func `none, and more than a thousand, are refused`(count: Int) async throws {
        try await Stage.with { stage in
            let many = Array(repeating: submission("a"), count: count)
            await #expect { try await stage.scheduler.submit(many, isAtomic: false, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.code == .invalidInput
            }
        }
    }

    @Test func `a submission that lacks its file leaves nothing of itself behind`() async throws {
        try await Stage.with { stage in
            var lacking = submission("a", key: "k")
            lacking.files = ["x": String(repeating: "0", count: 64)]
            let results = try await stage.scheduler.submit([lacking], isAtomic: false, as: Stage.cli)
            #expect(codes(results) == [.notFound])
            #expect(try await stage.scheduler.jobs(JobQuery(tenant: .default), for: Stage.cli).isEmpty)
            #expect(try await stage.scheduler.submit(submission("b", key: "k"), as: Stage.cli).name == "b")
        }
    }

    // MARK: Unique keys

    @Test func `while a job with the key has not ended another is refused, afterwards it is accepted`() async throws {
        try await Stage.with { stage in
            let unique = submission("a", unique: UniqueKey("u"))
            let first = try await stage.scheduler.submit(unique, as: Stage.cli)
            try await stage.relay()
            let error = await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.submit(unique, as: Stage.cli)
            }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains(first.id.rawValue) == true)
            try await stage.start().send(.done)
            #expect(try await stage.scheduler.submit(unique, as: Stage.cli).id != first.id)
        }
    }

    @Test func `a job that waits is replaced, one that runs is not`() async throws {
        try await Stage.with { stage in
            let unique = submission("a", unique: UniqueKey("u", conflict: .replace))
            let first = try await stage.scheduler.submit(unique, as: Stage.cli)
            let second = try await stage.scheduler.submit(unique, as: Stage.cli)
            try await stage.relay()
            let replaced = try await stage.job(first.id)
            #expect(replaced.state == .cancelled)
            #expect(replaced.message?.contains(second.id.rawValue) == true)
            let worker = try await stage.start()
            #expect(worker.job == second.id)
            await #expect { try await stage.scheduler.submit(unique, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.code == .conflict
            }
        }
    }

    @Test func `the job that has the key is the answer when that is wanted`() async throws {
        try await Stage.with { stage in
            let unique = submission("a", key: "i", unique: UniqueKey("u", conflict: .existing))
            let first = try await stage.scheduler.submit(submission("b", unique: UniqueKey("u")), as: Stage.cli)
            #expect(try await stage.scheduler.submit(unique, as: Stage.cli).id == first.id)
            #expect(try await stage.scheduler.submit(unique, as: Stage.cli).id == first.id)
        }
    }

    @Test func `a thousand at once under one key make one job`() async throws {
        try await Stage.with { stage in
            let unique = submission("a", unique: UniqueKey("u"))
            let many = Array(repeating: unique, count: 1_000)
            let results = try await stage.scheduler.submit(many, isAtomic: false, as: Stage.cli)
            #expect(codes(results).count { $0 == nil } == 1)
        }
    }

    @Test func `an ended job is not run again while another has its key`() async throws {
        try await Stage.with { stage in
            let unique = submission("a", unique: UniqueKey("u"))
            let first = try await stage.scheduler.submit(unique, as: Stage.cli)
            _ = try await stage.scheduler.cancel(first.id, as: Stage.cli)
            let second = try await stage.scheduler.submit(unique, as: Stage.cli)
            let error = await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.retry(first.id, as: Stage.cli)
            }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains(second.id.rawValue) == true)
        }
    }
}
