import Cryptography
package import JobModel
package import Threads

/// The files of one job in a directory of their own (mode 0700), removed at the job's end.
///
/// Every file comes to be under a hidden temporary name and is renamed when complete. Files of earlier attempts are known by
/// name and hash, and fetched when somebody reads them.
///
/// Thread: lives on a thread for blocking calls, shared by the workspaces of a process.
package actor JobWorkspace: ArtifactWorkspace {
    /// Fetches an artifact that is not on this machine into a path that does not exist yet.
    package typealias Fetch = @Sendable (Artifact, _ path: String) async throws -> Void

    /// The thread workspaces share unless told otherwise.
    package static let sharedThread = BlockingThread(name: "cpa-files")

    /// Where the files are; created by the first one.
    package nonisolated let directory: String

    struct Entry {
        var artifact: Artifact
        var isHere: Bool
    }

    private let thread: BlockingThread
    /// Runs on the thread for blocking calls.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let limits: WorkspaceLimits
    private let fetch: Fetch?
    private var entries: [String: Entry]
    private var temporaries = 0
    private var isRemoved = false

    /// A workspace; nothing is created on disk yet.
    ///
    /// - Parameters:
    ///   - directory: absolute path for this job and lease alone; its parent exists.
    ///   - known: artifacts of earlier attempts.
    ///   - fetch: gets one of them; without it they are `artifact_missing`.
    package init(
        directory: String,
        known: [Artifact] = [],
        limits: WorkspaceLimits = WorkspaceLimits(),
        thread: BlockingThread = JobWorkspace.sharedThread,
        fetch: Fetch? = nil
    ) {
        self.directory = directory
        self.limits = limits
        self.thread = thread
        self.fetch = fetch
        entries = Dictionary(known.map { ($0.name, Entry(artifact: $0, isHere: false)) }) { _, last in last }
    }

    /// Removes the directory with everything in it; whatever is asked later fails.
    package func remove() {
        isRemoved = true
        WorkspaceDisk.removeTree(directory)
    }

    /// The artifacts so far, by name.
    package func list() -> [Artifact] { entries.values.map(\.artifact).sorted { $0.name < $1.name } }

    // MARK: Keeping

    /// Keeps bytes under a name; a name in use gets a suffix (`report-2.pdf`).
    package func store(_ bytes: [UInt8], name: String, contentType: String) throws -> Artifact {
        try admit(bytes: bytes.count, name: name)
        let temporary = try writeTemporary(bytes, for: name)
        let sha256 = SHA256.digest(of: bytes).hex
        return try place(temporary, name: name, bytes: bytes.count, sha256: sha256, contentType: contentType)
    }

    /// Moves a file in; a copy is made when it is not ours alone (another owner, other links, another disk).
    package func adopt(path: String, name: String, contentType: String) async throws -> Artifact {
        let size = try WorkspaceDisk.sizeOfRegularFile(path, for: name)
        try admit(bytes: size, name: name)
        let temporary = try newTemporary(for: name)
        try WorkspaceDisk.moveOrCopy(path, to: temporary, for: name, limit: limits.fileBytes)
        let digest = try await digest(of: temporary, for: name)
        return try place(
            temporary,
            name: name,
            bytes: digest.bytes,
            sha256: digest.sha256.hex,
            contentType: contentType
        )
    }

    /// Keeps bytes under exactly this name.
    package func write(_ bytes: [UInt8], name: String, contentType: String, overwrite: Bool) throws -> Artifact {
        let exact = try free(name, overwrite: overwrite)
        try admit(bytes: bytes.count, name: exact)
        let temporary = try writeTemporary(bytes, for: exact)
        let sha256 = SHA256.digest(of: bytes).hex
        let type = MediaType.usable(contentType)
        let artifact = Artifact(name: exact, bytes: bytes.count, sha256: sha256, contentType: type)
        return try keep(artifact, from: temporary)
    }

    /// Gives an artifact another name, exactly this one.
    package func move(_ name: String, to newName: String, overwrite: Bool) async throws -> Artifact {
        let source = try await path(of: name)
        // Looked up again after the wait: another step may have moved it meanwhile.
        guard let name = ArtifactName.exact(name), let entry = entries[name] else { throw missing(name) }
        let exact = try free(newName, overwrite: overwrite || newName == name)
        guard exact != name else { return entry.artifact }
        var artifact = entry.artifact
        artifact.name = exact
        artifact = try keep(artifact, from: source)
        entries[name] = nil
        return artifact
    }

    // MARK: Reading

    /// The bytes of a file of at most `limit` bytes.
    package func read(_ name: String, limit: Int) async throws -> [UInt8] {
        try WorkspaceDisk.read(try await path(of: name), for: name, limit: limit)
    }

    /// A path to read an artifact from, fetched by hash first when another worker made it.
    package func path(of name: String) async throws -> String {
        guard let exact = ArtifactName.exact(name) else { throw refused(name) }
        guard let entry = entries[exact], !isRemoved else { throw missing(name) }
        let path = directory + "/" + exact
        if entry.isHere { return path }
        guard let fetch else { throw missing(name) }
        let temporary = try newTemporary(for: exact)
        do {
            try await fetch(entry.artifact, temporary)
            let digest = try await digest(of: temporary, for: exact)
            guard digest.sha256.hex == entry.artifact.sha256 else { throw damaged(entry.artifact) }
        } catch {
            WorkspaceDisk.removeFile(temporary)
            throw error
        }
        // Looked up again after the wait: somebody else may have fetched or replaced it meanwhile.
        guard entries[exact]?.isHere == false else {
            WorkspaceDisk.removeFile(temporary)
            return try await self.path(of: name)
        }
        try WorkspaceDisk.rename(temporary, to: path, for: exact)
        entries[exact]?.isHere = true
        return path
    }

    // MARK: Steps of the above

    private func admit(bytes: Int, name: String) throws(StepFailure) {
        guard bytes <= limits.fileBytes else {
            throw WorkspaceFailure.full("The file '\(name)' has \(bytes) bytes; \(limits.fileBytes) are allowed.")
        }
        let here = entries.values.filter(\.isHere)
        let total = here.reduce(bytes) { $0 + $1.artifact.bytes }
        guard total <= limits.totalBytes, here.count < limits.files else {
            throw WorkspaceFailure.full(
                "With '\(name)' the job would keep \(here.count + 1) files of \(total) bytes; "
                    + "\(limits.files) files and \(limits.totalBytes) bytes are allowed."
            )
        }
    }

    private func newTemporary(for name: String) throws(StepFailure) -> String {
        guard !isRemoved else {
            throw StepFailure(
                reason: .ioError,
                message: "Cannot keep '\(name)': the job has ended and its directory is gone.",
                isRetryable: false
            )
        }
        try WorkspaceDisk.createDirectory(directory)
        temporaries += 1
        return directory + "/.part-\(temporaries)"
    }

    private func writeTemporary(_ bytes: [UInt8], for name: String) throws(StepFailure) -> String {
        let temporary = try newTemporary(for: name)
        try WorkspaceDisk.write(bytes, to: temporary, for: name)
        return temporary
    }

    /// Gives a complete file its name: sanitised, with a suffix when another file has it.
    private func place(
        _ temporary: String,
        name: String,
        bytes: Int,
        sha256: String,
        contentType: String
    ) throws(StepFailure) -> Artifact {
        let wanted = ArtifactName.sanitized(name)
        var candidate = wanted
        var number = 2
        // A repeated step that makes the same bytes again makes the same artifact, not a second one.
        while let entry = entries[candidate], entry.isHere || entry.artifact.sha256 != sha256 {
            candidate = ArtifactName.numbered(wanted, number)
            number += 1
        }
        let type = MediaType.usable(contentType)
        let artifact = Artifact(name: candidate, bytes: bytes, sha256: sha256, contentType: type)
        return try keep(artifact, from: temporary)
    }

    private func keep(_ artifact: Artifact, from path: String) throws(StepFailure) -> Artifact {
        try WorkspaceDisk.rename(path, to: directory + "/" + artifact.name, for: artifact.name)
        entries[artifact.name] = Entry(artifact: artifact, isHere: true)
        return artifact
    }

    private func free(_ name: String, overwrite: Bool) throws(StepFailure) -> String {
        guard let exact = ArtifactName.exact(name) else { throw refused(name) }
        if entries[exact] != nil, !overwrite {
            throw StepFailure(
                reason: .invalidInput,
                message: "A file '\(exact)' exists already; choose another name or set 'overwrite: true'.",
                isRetryable: false
            )
        }
        return exact
    }

    private func digest(of path: String, for name: String) async throws -> FileDigest {
        do {
            return try await FileDigest.compute(path: path)
        } catch let error as CryptographyError {
            WorkspaceDisk.removeFile(path)
            throw StepFailure(reason: .ioError, message: "Cannot hash '\(name)': \(error)", isRetryable: true)
        }
    }

    private func refused(_ name: String) -> StepFailure {
        StepFailure(
            reason: .invalidInput,
            message: "The file name '\(name.prefix(100))' \(ArtifactName.problem(with: name) ?? "is not allowed"); "
                + "files are named inside the job, without directories.",
            isRetryable: false
        )
    }

    private func missing(_ name: String) -> StepFailure {
        let names = list().map(\.name).prefix(20).joined(separator: ", ")
        return StepFailure(
            reason: .artifactMissing,
            message: "The job has no file '\(name)'; it has \(names.isEmpty ? "none" : names).",
            isRetryable: false
        )
    }

    private func damaged(_ artifact: Artifact) -> StepFailure {
        StepFailure(
            reason: .artifactMissing,
            message: "The file '\(artifact.name)' came back with another hash than \(artifact.sha256).",
            isRetryable: true
        )
    }
}
