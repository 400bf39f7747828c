import Executors
import FoundationEssentials
import JobModel

#if canImport(Glibc)
    import Glibc
#endif

/// A directory of one worker process, under the one that all workers of a machine share.
///
/// It holds a locked file as long as the process lives. What a process left behind that was killed is found by its free lock,
/// and removed by the next worker that starts. Calls block; for the workspaces' thread.
package struct WorkDirectory: Sendable {
    /// Older leftovers of a start that did not get as far as its lock are removed too.
    private static let unfinishedLimit: TimeInterval = 3600
    private static let lockName = ".lock"
    private static let unfinishedPrefix = ".new-"

    /// Absolute path.
    package let path: String
    private let lock: Int32

    /// Makes and locks a directory of that name, and removes those of processes that are gone.
    ///
    /// - Throws: `StepFailure` with `storage_full` or `io_error`.
    package static func claim(_ name: String, in base: String) throws -> WorkDirectory {
        removeLeftovers(in: base)
        let name = ArtifactName.sanitized(name)
        let unfinished = "\(base)/\(unfinishedPrefix)\(name)"
        let path = "\(base)/\(name)"
        guard mkdir(unfinished, 0o700) == 0 else { throw failure("make", unfinished) }
        // Not inherited: a browser that outlives us must not keep the lock.
        let lock = open("\(unfinished)/\(lockName)", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(unfinished, path) == 0 else {
            let failure = failure("lock", unfinished)
            if lock >= 0 { close(lock) }
            try? FileManager.default.removeItem(atPath: unfinished)
            throw failure
        }
        return WorkDirectory(path: path, lock: lock)
    }

    /// Removes the directory with everything in it; called once.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
        close(lock)
    }

    private static func removeLeftovers(in base: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
        for name in names {
            let path = "\(base)/\(name)"
            let isLeft = name.hasPrefix(unfinishedPrefix) ? isOld(path) : isUnlocked(path)
            if isLeft { try? FileManager.default.removeItem(atPath: path) }
        }
    }

    private static func isUnlocked(_ path: String) -> Bool {
        let lock = open("\(path)/\(lockName)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard lock >= 0 else { return false }
        defer { close(lock) }
        return flock(lock, LOCK_EX | LOCK_NB) == 0
    }

    private static func isOld(_ path: String) -> Bool {
        guard let changed = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date else {
            return false
        }
        return Date().timeIntervalSince(changed) > unfinishedLimit
    }

    private static func failure(_ operation: String, _ path: String) -> StepFailure {
        let code = errno
        return StepFailure(
            reason: code == ENOSPC || code == EDQUOT ? .storageFull : .ioError,
            message: "Cannot \(operation) the working directory '\(path)': \(String(cString: strerror(code)))",
            isRetryable: true
        )
    }
}
