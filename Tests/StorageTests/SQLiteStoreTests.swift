import JSON
import JobModel
import Storage
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct SQLiteStoreTests {
    @Test func `a job comes back as it went in`() async throws {
        try await withStore { store, _ in
            var job = JobRecord.sample("j1")
            job.needs = ["goto", "send_mail"]
            job.timeout = 5
            job.state = .failed
            job.reason = .timeout
            job.message = "größer"
            job.failedStep = StepID("t1")
            job.worker = WorkerID("w")
            job.outputs = ["sum": 1.5]
            let written = job
            try await store.write { try $0.insert(written) }
            let read = try await store.read { try $0.job(JobID("j1")) }
            #expect(read == written)
        }
    }

    @Test func `nobody else can read the database`() async throws {
        try await withStore { store, path in
            try await store.write { try $0.insert(.sample("j1")) }
            for file in [path, path + "-wal", path + "-shm"] {
                var status = stat()
                #expect(stat(file, &status) == 0)
                #expect(status.st_mode & 0o077 == 0, "\(file)")
            }
        }
    }

    @Test func `a lock is gone with its holder, though a forked child still has a copy`() throws {
        let path = "/tmp/cpa-test-\(UInt32.random(in: 0 ... .max)).lock"
        defer { unlink(path) }
        var holder: ExclusiveUse? = try ExclusiveUse(path: path)
        let copies = (0..<4096).filter { descriptor in
            guard let target = realpath("/proc/self/fd/\(descriptor)", nil) else { return false }
            defer { free(target) }
            return String(cString: target) == path
        }.map { dup(Int32($0)) }
        defer { for copy in copies { close(copy) } }
        #expect(copies.count == 1)
        #expect(throws: StorageError.self) { try ExclusiveUse(path: path) }
        withExtendedLifetime(holder) {}
        holder = nil
        _ = try ExclusiveUse(path: path)
    }

    @Test func `a database whose directory was moved takes nothing until it is back, and another is not taken for it`()
        async throws
    {
        try await withStore { store, path in
            let directory = String(path.dropLast("/cpa.db".count))
            try await store.write { try $0.insert(.sample("j1")) }
            try #require(rename(directory, directory + "-moved") == 0)
            let isDisplaced: @Sendable (any Error) -> Bool = { ($0 as? StorageError)?.code == .ioError }
            #expect { try store.check(isTrying: true) } throws: { isDisplaced($0) }
            await #expect { try await store.write { try $0.insert(.sample("j2")) } } throws: { isDisplaced($0) }
            let other = try await SQLiteStore(path: path)
            #expect { try store.check(isTrying: true) } throws: { isDisplaced($0) }
            await other.close()
            try #require(rename(directory, directory + "-other") == 0)
            try #require(rename(directory + "-moved", directory) == 0)
            try store.check(isTrying: true)
            try await store.write { try $0.insert(.sample("j3")) }
            let jobs = try await store.read { snapshot in
                try ["j1", "j2", "j3"].filter { try snapshot.job(JobID($0)) != nil }
            }
            #expect(jobs == ["j1", "j3"])
        }
    }

    @Test func `a database in use is not opened a second time, until it is closed`() async throws {
        try await withStore { store, path in
            await #expect { _ = try await SQLiteStore(path: path) } throws: { ($0 as? StorageError)?.code == .inUse }
            await store.close()
            await (try SQLiteStore(path: path)).close()
        }
    }

    @Test func `an update from an outdated row is refused`() async throws {
        try await withStore { store, _ in
            let job = JobRecord.sample("j1")
            var running = job
            running.state = .running
            running.epoch = Epoch(1)
            running.worker = WorkerID("w1")
            let next = running
            try await store.write { transaction in
                try transaction.insert(job)
                try transaction.update(next, from: job)
            }
            await #expect { try await store.write { try $0.update(next, from: job) } } throws: {
                ($0 as? StorageError)?.code == .conflict
            }
        }
    }

    @Test func `lists page by cursor, by offset and by state`() async throws {
        try await withStore { store, _ in
            try await store.write { transaction in
                for index in 0..<9 {
                    var job = JobRecord.sample("j\(index)")
                    if index % 2 == 0 { job.state = .done }
                    try transaction.insert(job)
                }
                try transaction.insert(.sample("other", tenant: TenantID("other")))
            }
            func ids(_ query: JobQuery) async throws -> [String] {
                try await store.read { try $0.jobs(query).map(\.id.rawValue) }
            }
            #expect(try await ids(JobQuery(tenant: .default, limit: 3)) == ["j8", "j7", "j6"])
            #expect(try await ids(JobQuery(tenant: .default, after: JobID("j6"), limit: 2)) == ["j5", "j4"])
            #expect(try await ids(JobQuery(tenant: .default, offset: 7)) == ["j1", "j0"])
            #expect(try await ids(JobQuery(tenant: .default, states: [.done], limit: 2)) == ["j8", "j6"])
            #expect(try await ids(JobQuery(tenant: TenantID("other"))) == ["other"])
        }
    }

    @Test func `the journal keeps one row a step and round`() async throws {
        try await withStore { store, _ in
            let key = JournalKey(job: JobID("j1"), step: StepID("mail"))
            @Sendable func row(_ journal: TaskRecord.Journal) -> TaskRecord {
                TaskRecord(
                    key: key,
                    tenant: .default,
                    action: "send_mail",
                    status: "running",
                    journal: journal,
                    result: ["id": "x"],
                    epoch: Epoch(3),
                    updated: 5
                )
            }
            try await store.write { transaction in
                try transaction.insert(JobRecord.sample("j1"))
                try transaction.save(row(.intent))
                try transaction.save(row(.done))
            }
            let tasks = try await store.read { try $0.tasks(of: JobID("j1")) }
            #expect(tasks == [row(.done)])
        }
    }

    @Test func `an event takes its seq once`() async throws {
        try await withStore { store, _ in
            let event = JobEvent(
                seq: 1,
                job: JobID("j1"),
                tenant: .default,
                timestamp: 5,
                epoch: Epoch(0),
                kind: .state,
                data: ["state": "pending"]
            )
            try await store.write { transaction in
                try transaction.insert(JobRecord.sample("j1"))
                try transaction.insert(event)
            }
            await #expect(throws: StorageError.self) { try await store.write { try $0.insert(event) } }
            let events = try await store.read { try $0.events(of: JobID("j1"), after: 0, limit: 10) }
            #expect(events == [event])
        }
    }

    @Test func `a file that takes another's place leaves that one to the list of unused files`() async throws {
        try await withStore { store, _ in
            try await store.write { transaction in
                try transaction.insert(.sample("j1"))
                for hash in ["old", "new", "new"] {
                    let file = Artifact(name: "a", bytes: 1, sha256: hash, contentType: "text/plain")
                    try transaction.save(file, of: "j1", tenant: .default, isSubmitted: false, at: 5)
                }
            }
            let unused = try await store.read { try $0.unusedFiles(before: .max, limit: 9) }
            #expect(unused.map(\.sha256) == ["old"] && unused.first?.isUsed == false)
        }
    }

    @Test func `an upload that comes again is kept as long as a new one`() async throws {
        try await withStore { store, _ in
            let file = Artifact(name: "a", bytes: 1, sha256: "aa", contentType: "text/plain")
            let kept = try await store.write { transaction in
                try transaction.saveUpload(file, tenant: .default, at: 10)
                try transaction.saveUpload(file, tenant: .default, at: 20)
                _ = try transaction.deleteFiles(endedBefore: 15, at: 30, limit: 9)
                return try transaction.upload(sha256: "aa", tenant: .default)
            }
            #expect(kept == file)
            let count = try await store.write { try $0.deleteFiles(endedBefore: 21, at: 30, limit: 9) }
            #expect(count == 1)
        }
    }

    @Test func `overdue jobs are those past a limit of theirs`() async throws {
        try await withStore { store, _ in
            try await store.write { transaction in
                var waiting = JobRecord.sample("waiting")
                waiting.deadline = 100
                var running = JobRecord.sample("running")
                running.state = .running
                running.runUntil = 100
                var stopping = running
                stopping.id = JobID("stopping")
                stopping.stopReason = .cancelled
                var ended = waiting
                ended.id = JobID("ended")
                ended.state = .done
                for job in [waiting, running, stopping, ended] { try transaction.insert(job) }
            }
            let early = try await store.read { try $0.overdueJobs(at: 99, limit: 10).map(\.id.rawValue) }
            let late = try await store.read { try $0.overdueJobs(at: 100, limit: 10).map(\.id.rawValue) }
            #expect(early == [])
            #expect(late == ["waiting", "running"])
        }
    }
}
