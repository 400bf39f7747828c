#if canImport(Glibc)
    import Glibc
#endif

/// Holds a file so that no second process (and no second store of this one) uses the same database.
///
/// The kernel lets go when the process ends, however it ends. Two programs that write and checkpoint one database can lose
/// its log, and two schedulers would sweep each other's leases.
package final class ExclusiveUse: Sendable {
    private let file: Int32

    /// - Throws: `StorageError` with `inUse`, or `ioError`.
    package init(path: String) throws {
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StorageError(errno: errno, "open '\(path)'") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(file)
            guard code == EWOULDBLOCK else { throw StorageError(errno: code, "lock '\(path)'") }
            throw StorageError(
                .inUse,
                "Another cpa uses the data of '\(path)': stop it, or give this one another data directory"
            )
        }
    }

    /// Unlocks before it closes: a child between fork and exec holds a copy of the descriptor, and would keep the lock.
    deinit {
        flock(file, LOCK_UN)
        close(file)
    }
}
