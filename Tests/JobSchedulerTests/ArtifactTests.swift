import FoundationEssentials
import JSON
import JobModel
import JobQueue
import JobScheduler
import Storage
import Synchronization
import Testing

@Suite struct ArtifactTests {
    static let content = Array("%PDF-1.7 tiny".utf8)
    static let invoice = Artifact(
        name: "invoice.pdf",
        bytes: 13,
        sha256: "a0edb3ab40edeb7dfa5a4bd3acbee1a5c4f9de46b5a3dbb75d2f3ac62b4bf3c6",
        contentType: "application/pdf"
    )

    /// A body in pieces of five bytes.
    static func body(_ bytes: [UInt8]) -> Scheduler.Body {
        let rest = Rest(bytes)
        return { rest.next() }
    }

    private final class Rest: Sendable {
        private let bytes: Mutex<[UInt8]>
        init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }
        func next() -> [UInt8]? {
            bytes.withLock { bytes in
                defer { bytes.removeFirst(min(5, bytes.count)) }
                return bytes.isEmpty ? nil : Array(bytes.prefix(5))
            }
        }
    }

    private func put(_ artifact: Artifact, _ worker: TestWorker, _ bytes: [UInt8] = content) async throws {
        try await worker.scheduler.putArtifact(
            artifact,
            of: worker.job,
            epoch: worker.lease.epoch,
            worker: worker.lease.worker,
            body: Self.body(bytes)
        )
    }

    private func uploaded(_ stage: Stage) async throws -> Artifact {
        try await stage.scheduler.upload(
            name: "invoice.pdf",
            contentType: "application/pdf",
            body: Self.body(Self.content),
            as: Stage.cli
        )
    }

    @Test(arguments: [false, true])
    func `a fresh run keeps the files that came with the job, and forgets those its steps made`(
        isRequeued: Bool
    ) async throws {
        try await Stage.with { stage in
            let artifact = try await uploaded(stage)
            var submission = JobSubmission(scenario: ["name": "s", "tasks": [["action": "goto", "url": "https://x/"]]])
            submission.files = ["sent.pdf": artifact.sha256]
            let id = try await stage.scheduler.submit(submission, as: Stage.cli).id
            try await stage.relay()
            let worker = try await stage.start()
            let note = Artifact(name: "made.pdf", bytes: 13, sha256: artifact.sha256, contentType: "application/pdf")
            try await put(note, worker)
            try await worker.fail(.timeout)
            func names() async throws -> [String] {
                try await stage.scheduler.job(id, for: Stage.cli).artifacts.map(\.name)
            }
            #expect(try await names() == ["made.pdf", "sent.pdf"])
            if isRequeued {
                #expect(try await stage.scheduler.requeue(.jobs([id]), isFresh: true, as: Stage.cli).jobs == [id])
            } else {
                _ = try await stage.scheduler.retry(id, isFresh: true, as: Stage.cli)
            }
            #expect(try await names() == ["sent.pdf"])
            let unused = try await stage.store.read { try $0.unusedFiles(before: .max, limit: 9) }
            #expect(unused.map(\.sha256) == [artifact.sha256] && unused.first?.isUsed == true)
        }
    }

    @Test func `a plain retry keeps the files, and a hold forbids a fresh one`() async throws {
        try await Stage.with { stage in
            let artifact = try await uploaded(stage)
            let id = try await stage.submit()
            let worker = try await stage.start()
            try await put(artifact, worker)
            try await worker.fail(.timeout)
            _ = try await stage.scheduler.hold(id, reason: "court", as: Stage.cli)
            await #expect { try await stage.scheduler.retry(id, isFresh: true, as: Stage.cli) } throws: {
                let error = $0 as? SchedulerError
                return error?.code == .conflict && error?.message.contains("A legal hold") == true
            }
            _ = try await stage.scheduler.retry(id, as: Stage.cli)
            #expect(try await stage.scheduler.job(id, for: Stage.cli).artifacts.map(\.name) == ["invoice.pdf"])
        }
    }

    @Test func `a file of a worker is stored, announced once and read back`() async throws {
        try await Stage.with { stage in
            let artifact = try await uploaded(stage)
            let id = try await stage.submit()
            let worker = try await stage.start()
            try await put(artifact, worker)
            try await put(artifact, worker)
            let found = try await stage.scheduler.artifact("invoice.pdf", of: id, for: Stage.cli)
            #expect(found.artifact == artifact)
            #expect(Array(try Data(contentsOf: URL(filePath: found.path))) == Self.content)
            #expect(try await stage.kinds(id).filter { $0.hasPrefix("artifact") }.count == 1)
        }
    }

    @Test func `a worker in this process gets a copy of its own`() async throws {
        try await Stage.with { stage in
            _ = try await stage.submit()
            let worker = try await stage.start()
            let artifact = try await uploaded(stage)
            try await put(artifact, worker)
            let copy = stage.directory + "/copy"
            try await stage.scheduler.getArtifact(artifact, of: worker.job, to: copy)
            #expect(Array(try Data(contentsOf: URL(filePath: copy))) == Self.content)
            try Data([1]).write(to: URL(filePath: copy))
            let second = stage.directory + "/second"
            try await stage.scheduler.getArtifact(artifact, of: worker.job, to: second)
            #expect(Array(try Data(contentsOf: URL(filePath: second))) == Self.content)
            await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.getArtifact(Self.invoice, of: worker.job, to: second)
            }
        }
    }

    @Test func `other bytes than announced are refused`() async throws {
        try await Stage.with { stage in
            _ = try await stage.submit()
            let worker = try await stage.start()
            await #expect { try await put(Self.invoice, worker) } throws: {
                ($0 as? SchedulerError)?.code == .invalidInput
            }
        }
    }

    @Test func `a stale worker's file is not taken`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let artifact = try await uploaded(stage)
            let stale = try await stage.start("w1")
            stage.time.advance(seconds: 21)
            try await stage.sweep()
            _ = try await stage.start("w2")
            await #expect { try await put(artifact, stale) } throws: { ($0 as? SchedulerError)?.code == .staleEpoch }
            #expect(try await stage.scheduler.job(id, for: Stage.cli).artifacts.isEmpty)
        }
    }

    @Test(arguments: ["", ".", "..", "a/b", "a\\b", "a\u{0}b", String(repeating: "x", count: 201)])
    func `a name that leads elsewhere is refused`(name: String) async throws {
        try await Stage.with { stage in
            await #expect {
                try await stage.scheduler.upload(
                    name: name,
                    contentType: "x",
                    body: Self.body([1]),
                    as: Stage.cli
                )
            } throws: { ($0 as? SchedulerError)?.code == .invalidInput }
        }
    }

    @Test func `a file uploaded before goes into the job that names it, and is told to its first worker`() async throws
    {
        try await Stage.with { stage in
            let artifact = try await uploaded(stage)
            let submission = JobSubmission(
                scenario: ["tasks": [["action": "goto", "url": "https://x/"]]],
                files: ["input.pdf": artifact.sha256]
            )
            let id = try await stage.scheduler.submit(submission, as: Stage.cli).id
            let files = try await stage.scheduler.job(id, for: Stage.cli).artifacts
            #expect(files.map(\.name) == ["input.pdf"])
            try await stage.relay()
            let answer = try await stage.claim().send(.agree)
            #expect(answer["artifacts"]?[0]?["name"] == "input.pdf")
            let unknown = JobSubmission(
                scenario: ["tasks": [["action": "goto", "url": "https://x/"]]],
                files: ["x": String(repeating: "0", count: 64)]
            )
            await #expect { try await stage.scheduler.submit(unknown, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.code == .notFound
            }
            #expect(try await stage.scheduler.jobs(.init(tenant: .default), for: Stage.cli).count == 1)
        }
    }

    @Test func `a file too large is refused`() async throws {
        try await Stage.with {
            $0.artifactLimit = 10
        } _: { stage in
            await #expect { try await uploaded(stage) } throws: { ($0 as? SchedulerError)?.status == 413 }
        }
    }
}
