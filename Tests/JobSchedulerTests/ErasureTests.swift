import FoundationEssentials
import JSON
import JobModel
import JobQueue
import Storage
import Testing

@testable import JobScheduler

/// What is gone with a person, what stays for whom, and what the audit says of it.
@Suite struct ErasureTests {
    private static let person = "berta.zwei@kunde.example"
    private static let content: [UInt8] = Array("%PDF-1.7 tiny".utf8)

    private func erase(_ stage: Stage, isDryRun: Bool = false) async throws -> AuditErasure {
        try await stage.scheduler.erase(.person(Self.person), isDryRun: isDryRun, as: Stage.cli)
    }

    private func upload(_ stage: Stage, _ name: String = "input.pdf", _ content: [UInt8] = content) async throws
        -> Artifact
    {
        try await stage.scheduler.upload(
            name: name,
            contentType: "application/pdf",
            body: ArtifactTests.body(content),
            as: Stage.cli
        )
    }

    private func submission(_ name: String = "sample", files: [String: String] = [:], key: String? = nil)
        -> JobSubmission
    {
        JobSubmission(
            scenario: ["name": .string(name), "tasks": [["action": "goto", "url": "https://x/"]]],
            files: files,
            idempotencyKey: key
        )
    }

    /// A job that has ended.
    private func ended(_ stage: Stage, _ submission: JobSubmission) async throws -> JobID {
        let id = try await stage.scheduler.submit(submission, as: Stage.cli).id
        _ = try await stage.scheduler.cancel(id, as: Stage.cli)
        return id
    }

    // MARK: Files

    @Test func `files go from the disk with the job, not an hour later`() async throws {
        try await Stage.with { stage in
            let file = try await upload(stage)
            let id = try await ended(stage, submission("for \(Self.person)", files: ["a.pdf": file.sha256]))
            let dry = try await erase(stage, isDryRun: true)
            #expect(dry.jobs == [id] && dry.files == 1 && dry.uploads == 1)
            #expect(await stage.scheduler.files.contains(sha256: file.sha256))
            let done = try await erase(stage)
            #expect(done.jobs == [id] && done.files == 1 && done.uploads == 1)
            #expect(await !stage.scheduler.files.contains(sha256: file.sha256))
            #expect(try await stage.store.read { try $0.upload(sha256: file.sha256, tenant: .default) } == nil)
            #expect(try await stage.store.read { try $0.unusedFiles(before: .max, limit: 9).count } == 0)
        }
    }

    @Test func `a file that another job has stays`() async throws {
        try await Stage.with { stage in
            let file = try await upload(stage)
            _ = try await ended(stage, submission("for \(Self.person)", files: ["a.pdf": file.sha256]))
            let other = try await ended(stage, submission("for somebody", files: ["b.pdf": file.sha256]))
            let done = try await erase(stage)
            #expect(done.jobs.count == 1 && done.files == 0 && done.uploads == 0)
            let found = try await stage.scheduler.artifact("b.pdf", of: other, for: Stage.cli)
            #expect(Array(try Data(contentsOf: URL(filePath: found.path))) == Self.content)
        }
    }

    @Test func `a file whose same bytes have just come, and have no row yet, stays`() async throws {
        try await Stage.with { stage in
            let file = try await upload(stage)
            _ = try await ended(stage, submission("for \(Self.person)", files: ["a.pdf": file.sha256]))
            let files = stage.scheduler.files
            let underWay = try await files.begin(limit: 100)
            try await files.append(Self.content, to: underWay)
            let stored = try await files.finish(underWay)
            #expect(try await erase(stage).files == 0)
            #expect(await files.contains(sha256: file.sha256))
            try await stage.store.write { try $0.saveUpload(file, tenant: "other", at: 0) }
            await files.settle(stored)
            // The janitor goes by the rows; the row that is left of the erasure leads it here.
            stage.time.advance(seconds: 4_000_000_000)
            _ = try await stage.scheduler.janitor.clean()
            #expect(await files.contains(sha256: file.sha256))
        }
    }

    @Test func `an upload is settled when its row is there, and when that failed`() async throws {
        try await Stage.with { stage in
            let file = try await upload(stage)
            #expect(await stage.scheduler.files.setAside([file.sha256]) == [file.sha256])
            await stage.scheduler.files.putBack([file.sha256])
            let id = try await stage.submit()
            let worker = try await stage.start()
            let wrong = Artifact(name: "a", bytes: 1, sha256: file.sha256, contentType: "text/plain")
            await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.putArtifact(
                    wrong,
                    of: id,
                    epoch: worker.lease.epoch,
                    worker: worker.lease.worker,
                    body: ArtifactTests.body(Self.content)
                )
            }
            #expect(await stage.scheduler.files.setAside([file.sha256]) == [file.sha256])
        }
    }

    @Test func `a file sent in under a person's name is gone, with what it holds`() async throws {
        try await Stage.with { stage in
            let file = try await upload(stage, "Akte \(Self.person).pdf")
            let other = try await upload(stage, "other.pdf", [1])
            let done = try await erase(stage)
            #expect(done.jobs == [] && done.uploads == 1 && done.files == 1)
            #expect(await !stage.scheduler.files.contains(sha256: file.sha256))
            #expect(await stage.scheduler.files.contains(sha256: other.sha256))
        }
    }

    // MARK: Keys of submissions

    @Test func `a job is found by its idempotency key, which goes with it`() async throws {
        try await Stage.with { stage in
            let named = submission(key: "order of \(Self.person)")
            let id = try await ended(stage, named)
            #expect(try await erase(stage, isDryRun: true).idempotencyKeys == 1)
            let done = try await erase(stage)
            #expect(done.jobs == [id] && done.idempotencyKeys == 1)
            #expect(try await stage.scheduler.submit(named, as: Stage.cli).id != id)
        }
    }

    @Test func `an idempotency key without an address goes on keeping its job from running again`() async throws {
        try await Stage.with { stage in
            let plain = submission("for \(Self.person)", key: "k1")
            let id = try await ended(stage, plain)
            #expect(try await erase(stage).idempotencyKeys == 0)
            let known = try await stage.store.read { try $0.submission(tenant: .default, idempotencyKey: "k1") }
            #expect(known?.job == id && known?.fingerprint == [])
            await #expect { try await stage.scheduler.submit(plain, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.message.contains("which has been removed") == true
            }
        }
    }

    @Test func `an idempotency key whose job is gone is found, one whose job is kept stays`() async throws {
        try await Stage.with { stage in
            let gone = try await ended(stage, submission(key: "1 \(Self.person)"))
            try await stage.store.write { try $0.deleteJob(gone, at: 0) }
            let open = try await stage.scheduler.submit(submission(key: "2 \(Self.person)"), as: Stage.cli).id
            let done = try await erase(stage)
            #expect(done.idempotencyKeys == 1 && done.refused.map(\.job) == [open])
            let left = try await stage.store.read { snapshot in
                try ["1", "2"].filter {
                    try snapshot.submission(tenant: .default, idempotencyKey: "\($0) \(Self.person)") != nil
                }
            }
            #expect(left == ["2"])
        }
    }

    @Test func `a job is found by its unique key`() async throws {
        try await Stage.with { stage in
            var named = submission()
            named.unique = UniqueKey("desk of \(Self.person)")
            let id = try await ended(stage, named)
            #expect(try await erase(stage).jobs == [id])
        }
    }

    // MARK: What people live by

    private func key(_ id: String, revoked: Int64? = nil, _ stage: Stage) async throws {
        let record = APIKeyRecord(
            id: id,
            tenant: .default,
            name: "desk of \(Self.person)",
            hash: [1],
            created: 0,
            role: "viewer"
        )
        try await stage.store.write { transaction in
            try transaction.insert(record)
            if let revoked { try transaction.revokeAPIKey(id, at: revoked) }
        }
    }

    @Test func `what people live by is named and stays, a key that has ended loses its name`() async throws {
        try await Stage.with { stage in
            try await key("good", stage)
            try await key("ended", revoked: 1, stage)
            let agent = AgentRecord(
                id: "a1",
                tenant: .default,
                name: "mailer",
                key: "k",
                capabilities: ["uia"],
                endpoint: nil,
                maximumTasks: 1,
                bids: false,
                patience: 1_000,
                info: ["owner": .string(Self.person)],
                registered: 0
            )
            try await stage.store.write { try $0.save(agent) }
            let order = ScheduleOrder(name: Self.person, cron: "@daily", scenario: submission().scenario)
            let schedule = try await stage.scheduler.schedule(order, as: Stage.cli)
            let held = try await stage.submit()
            let hold = try await stage.scheduler.hold(held, reason: "suit of \(Self.person)", as: Stage.cli)
            let done = try await erase(stage)
            #expect(done.keys == ["good"] && done.agents == ["a1"])
            #expect(done.schedules == [schedule.id] && done.holds == [hold.id])
            let names = try await stage.store.read { snapshot in
                try ["good", "ended"].map { try snapshot.apiKey($0)?.name }
            }
            #expect(names == ["desk of \(Self.person)", "erased"])
        }
    }

    @Test func `the note of a pause goes, the pause stays`() async throws {
        try await Stage.with { stage in
            for scope in [Scheduler.PolicyScope.queue, .tenant(.default)] {
                try await stage.scheduler.pause(scope, note: "asked by \(Self.person)", as: Stage.cli)
            }
            #expect(try await erase(stage, isDryRun: true).notes == 2)
            #expect(try await erase(stage).notes == 2)
            let pauses = try await stage.scheduler.policies(for: Stage.cli).map(\.pause)
            #expect(pauses.count == 2 && pauses.allSatisfy { $0 != nil && $0?.note == nil })
        }
    }

    @Test func `a hold on everything keeps keys' names, uploads and notes too`() async throws {
        try await Stage.with { stage in
            try await key("ended", revoked: 1, stage)
            let file = try await upload(stage, "\(Self.person).pdf")
            try await stage.scheduler.pause(.queue, note: Self.person, as: Stage.cli)
            _ = try await stage.scheduler.hold(nil, reason: "court", as: Stage.cli)
            let done = try await erase(stage)
            #expect(done.uploads == 0 && done.files == 0 && done.notes == 0)
            #expect(await stage.scheduler.files.contains(sha256: file.sha256))
            #expect(try await stage.store.read { try $0.apiKey("ended")?.name } == "desk of \(Self.person)")
            #expect(try await stage.scheduler.policies(for: Stage.cli).first?.pause?.note == Self.person)
        }
    }

    // MARK: The audit

    @Test func `no record has an address in clear, and none can be read after the erasure`() async throws {
        try await Stage.with { stage in
            let order = ScheduleOrder(name: Self.person, cron: "@daily", scenario: submission().scenario)
            let schedule = try await stage.scheduler.schedule(order, as: Stage.cli)
            try await stage.scheduler.deleteSchedule(schedule.id, as: Stage.cli)
            try await stage.scheduler.pause(.tenant(.default), note: "for \(Self.person)", as: Stage.cli)
            let job = try await stage.scheduler.submit(submission(), as: Stage.cli).id
            let message = LAMMessage(
                id: MessageID(Self.person),
                timestamp: 0,
                type: .propose,
                sender: "agent://desk/me",
                to: ["agent://scheduler"],
                payload: ["job_id": .string(job.rawValue), "proposal": 1]
            )
            _ = try await stage.scheduler.receive(message, from: Stage.cli)
            _ = try await stage.scheduler.cancel(job, as: Stage.cli)
            let before = try await stage.scheduler.audit(after: 0, limit: 99, for: Stage.cli)
            #expect(!before.contains { $0.detail.contains("@") }, "\(before.map(\.detail))")
            let naming = before.filter { $0.personal?.text().contains(Self.person) ?? false }.map(\.action)
            #expect(naming == ["schedule.created", "schedule.deleted", "tenant.paused", "message.proposed"])
            let done = try await erase(stage)
            // With the job goes its name, which names nobody.
            #expect(done.jobs == [job] && done.records == naming.count + 1, "\(done)")
            let after = try await stage.scheduler.audit(after: 0, limit: 99, for: Stage.cli)
            #expect(!after.contains { $0.personal != nil })
            _ = try await stage.scheduler.verifyAudit(for: Stage.cli)
        }
    }

    @Test(arguments: [
        ("DELETE FROM audit_subjects", "an erasure by person would miss it"),
        ("DELETE FROM audit_keys", "its key is gone"),
    ])
    func `the server misses what people are found by, and keys`(statement: String, problem: String) async throws {
        try await Stage.with { stage in
            try await stage.scheduler.pause(.queue, note: "for \(Self.person)", as: Stage.cli)
            _ = try await stage.scheduler.verifyAudit(for: Stage.cli)
            try await stage.tamper(statement)
            await #expect { try await stage.scheduler.verifyAudit(for: Stage.cli) } throws: {
                let found = $0 as? AuditChain.Break
                return found?.sequence == 1 && found?.message.contains(problem) == true
            }
        }
    }
}
