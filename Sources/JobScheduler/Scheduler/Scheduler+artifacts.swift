import JSON
package import JobModel
package import Security
import Storage

extension Scheduler {
    /// Takes bytes piece by piece: nil at the end.
    package typealias Body = @Sendable () async throws -> [UInt8]?

    /// Stores a file a worker made; checked by hash and length, announced as an event.
    ///
    /// - Parameters:
    ///   - artifact: what comes.
    ///   - body: the bytes.
    /// - Throws: `SchedulerError`: `staleEpoch`, `notFound`, `invalidInput` (other bytes than announced), `tooLarge`,
    ///   `storageFull`.
    package func putArtifact(
        _ artifact: Artifact,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID,
        body: Body
    ) async throws {
        let fence = try await checkArtifact(artifact, job, epoch, worker)
        let stored = try await store(body, sha256: artifact.sha256)
        try await settling(stored) { try await attach(artifact, stored, job, fence) }
    }

    /// Stores a file a worker in this process made.
    ///
    /// - Throws: as with a body.
    package func putArtifact(
        _ artifact: Artifact,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID,
        from path: String
    ) async throws {
        let fence = try await checkArtifact(artifact, job, epoch, worker)
        do {
            let stored = try await files.store(path: path, sha256: artifact.sha256, limit: configuration.artifactLimit)
            try await settling(stored) { try await attach(artifact, stored, job, fence) }
        } catch let error as StorageError { throw SchedulerError(error) }
    }

    /// A file of a job and where it can be read; the file at that path never changes.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func artifact(_ name: String, of id: JobID, for caller: Principal) async throws
        -> (artifact: Artifact, path: String)
    {
        let artifact = try await writer.read { snapshot in
            _ = try Self.job(id, caller, in: snapshot)
            return try snapshot.artifact(name, of: id)
        }
        guard let artifact, await files.contains(sha256: artifact.sha256) else {
            throw SchedulerError(.notFound, "Job \(id) has no file '\(name)'")
        }
        return (artifact, files.path(sha256: artifact.sha256))
    }

    /// Copies a file of a job to `path`, for a worker in this process.
    ///
    /// - Throws: `SchedulerError`: `notFound`, `storageFull`.
    package func getArtifact(_ artifact: Artifact, of id: JobID, to path: String) async throws {
        guard try await writer.read({ try $0.artifact(artifact.name, of: id) })?.sha256 == artifact.sha256 else {
            throw SchedulerError(.notFound, "Job \(id) has no file '\(artifact.name)' with SHA-256 \(artifact.sha256)")
        }
        do {
            try await files.copy(sha256: artifact.sha256, to: path)
        } catch let error as StorageError { throw SchedulerError(error) }
    }

    /// Keeps a file that a job submitted later will use, named by its SHA-256.
    ///
    /// - Throws: `SchedulerError`: `invalidInput`, `tooLarge`, `storageFull`.
    package func upload(name: String, contentType: String, body: Body, as caller: Principal) async throws -> Artifact {
        try ArtifactName.check(name)
        try await checkRoom(isTrying: true)
        let stored = try await store(body, sha256: nil)
        let artifact = Artifact(name: name, bytes: stored.bytes, sha256: stored.sha256, contentType: contentType)
        let now = writer.environment.now()
        try await settling(stored) {
            try await writer.write { transaction in
                try transaction.saveUpload(artifact, tenant: caller.tenant, at: now)
                try transaction.append(
                    AuditEntry(
                        tenant: caller.tenant,
                        timestamp: now,
                        actor: caller.id,
                        action: "artifact.uploaded",
                        job: nil,
                        detail: [
                            "sha256": .string(artifact.sha256), "bytes": JSONValue(artifact.bytes),
                            "content_type": .string(contentType), "result": "done",
                        ],
                        // What a file is called may name people.
                        personal: ["name": .string(name)]
                    )
                )
            }
        }
        return artifact
    }

    /// Tells the store who has a file that was just written: until then an erasure leaves it.
    private func settling(_ stored: ArtifactFiles.Stored, _ name: () async throws -> Void) async throws {
        do {
            try await name()
        } catch {
            let now = writer.environment.now()
            // Without a row nothing would lead to it. Where the store takes no writes, who sent it sends it again.
            try? await writer.write { try $0.noteUnusedFile(stored.sha256, at: now) }
            await files.settle(stored)
            throw error
        }
        await files.settle(stored)
    }

    private func checkArtifact(
        _ artifact: Artifact,
        _ id: JobID,
        _ epoch: Epoch,
        _ worker: WorkerID
    ) async throws -> JobChange.Fence {
        try ArtifactName.check(artifact.name)
        guard artifact.bytes <= configuration.artifactLimit else {
            throw SchedulerError(.tooLarge, "'\(artifact.name)' is larger than \(configuration.artifactLimit) bytes")
        }
        let fence = JobChange.Fence(worker: worker, epoch: epoch)
        // Before the bytes come: a stale worker must not fill the disk.
        guard let job = try await writer.read({ try $0.job(id) }) else { throw SchedulerError.notFound(id) }
        try JobChange(job, at: 0, by: "").check(fence)
        try await checkRoom(isTrying: true)
        return fence
    }

    private func store(_ body: Body, sha256: String?) async throws -> ArtifactFiles.Stored {
        do {
            let upload = try await files.begin(limit: configuration.artifactLimit)
            do {
                while let bytes = try await body() { try await files.append(bytes, to: upload) }
            } catch {
                await files.discard(upload)
                throw error
            }
            return try await files.finish(upload, sha256: sha256)
        } catch let error as StorageError { throw SchedulerError(error) }
    }

    private func attach(
        _ artifact: Artifact,
        _ stored: ArtifactFiles.Stored,
        _ id: JobID,
        _ fence: JobChange.Fence
    ) async throws {
        guard stored.bytes == artifact.bytes else {
            throw SchedulerError(.invalidInput, "'\(artifact.name)' has \(stored.bytes) bytes, not \(artifact.bytes)")
        }
        try await writer.change(id, by: "worker/\(fence.worker)") { change, transaction in
            try change.check(fence)
            // Sent again after a lost answer: nothing new happened.
            guard try transaction.artifact(artifact.name, of: id) != artifact else { return false }
            try transaction.save(artifact, of: id, tenant: change.job.tenant, isSubmitted: false, at: change.now)
            change.emit(.artifact, artifact.json)
            return true
        }
    }
}
