import FoundationEssentials
import JSON
import JobModel
import JobQueue
import Security
import TestSupport
import Testing

@testable import JobScheduler
@testable import Storage

#if canImport(Glibc)
    import Glibc
#endif

/// A disk that is full, really: a file system of 24 MB.
@Suite(.enabled(if: geteuid() == 0, "Only root makes file systems; run tools/test as root or with sudo"))
struct BallastTests {
    @Test func `on a full disk what runs is finished, and nothing new is begun until there is room`() async throws {
        try await fillDisk()
    }

    @Test func `positive control: without ballast a full disk keeps running jobs from ending`() async throws {
        try await withKnownIssue("the ballast is not given up") {
            try await fillDisk(isGivenUp: false)
        } matching: {
            // What a worker is told: it has to wait.
            ($0.error as? SchedulerError)?.code == .unavailable
        }
    }

    /// - Parameter isGivenUp: whether the ballast makes room for what runs; off, the guard is.
    private func fillDisk(isGivenUp: Bool = true) async throws {
        try await withSmallDisk { disk in
            let ballast = Ballast(path: disk + "/ballast", bytes: 4 << 20)
            try #require(await ballast.reserve())
            try await Stage.with(in: disk, ballast: ballast, isGivenUp: isGivenUp) { stage in
                _ = try await stage.submit()
                let worker = try await stage.start()
                try fill(disk)
                // Until SQLite itself has noticed.
                var steps = 0
                var refused = false
                while steps < 400, !refused {
                    steps = await report(1, after: steps, worker)
                    do {
                        _ = try await stage.submit()
                    } catch let error as SchedulerError {
                        #expect(error.code == .storageFull && error.status == 507)
                        refused = true
                    }
                }
                #expect(refused)
                if isGivenUp {
                    await expectNoFiles(stage, worker)
                    #expect(await !stage.scheduler.health().isReady)
                }
                // More than what little room a refused submission left.
                _ = await report(20, after: steps, worker)
                try await worker.send(.done)
                #expect(try await stage.job(worker.job).state == .done)
                unlink(disk + "/filler")
                _ = try await stage.submit()
                #expect(await stage.scheduler.health().isReady)
                #expect(FileManager.default.fileExists(atPath: disk + "/ballast"))
            }
        }
    }

    /// Reports steps of a job that runs; returns how many there are now.
    private func report(_ count: Int, after steps: Int, _ worker: TestWorker) async -> Int {
        let output = JSONValue.string(String(repeating: "x", count: 4_000))
        for number in steps..<steps + count {
            do {
                try await worker.step("t\(number)", "done", ["text": output])
            } catch { Issue.record(error) }
        }
        return steps + count
    }

    /// Neither a client's file nor a worker's takes the room that is for records.
    private func expectNoFiles(_ stage: Stage, _ worker: TestWorker) async {
        await #expect {
            _ = try await stage.scheduler.upload(
                name: "invoice.pdf",
                contentType: "application/pdf",
                body: ArtifactTests.body(ArtifactTests.content),
                as: Stage.cli
            )
        } throws: {
            ($0 as? SchedulerError)?.code == .storageFull
        }
        await #expect {
            try await stage.scheduler.putArtifact(
                ArtifactTests.invoice,
                of: worker.job,
                epoch: worker.lease.epoch,
                worker: worker.lease.worker,
                body: ArtifactTests.body(ArtifactTests.content)
            )
        } throws: {
            ($0 as? SchedulerError)?.code == .storageFull
        }
    }

    private func withSmallDisk(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try #require(mount("tmpfs", directory, "tmpfs", 0, "size=24m") == 0, "mount: \(errno)")
            let result: Result<Void, any Error>
            do { result = .success(try await body(directory)) } catch { result = .failure(error) }
            umount2(directory, Int32(MNT_DETACH))
            try result.get()
        }
    }

    private func fill(_ disk: String) throws {
        let file = open(disk + "/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        let block = [UInt8](repeating: 1, count: 4_096)
        while write(file, block, block.count) > 0 {}
        close(file)
    }
}
