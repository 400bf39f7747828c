import Synchronization
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// Room on the disk of the data that is given up when the disk is full, so that what runs can still be written down.
///
/// Blocks on a thread of its own.
package actor Ballast {
    private let thread = BlockingThread(name: "cpa-ballast")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let path: String
    private let bytes: Int
    private nonisolated let isThere = Atomic(false)

    /// Ballast that is not there yet.
    ///
    /// - Parameters:
    ///   - path: its file, on the disk it is for.
    ///   - bytes: how much: the records of many jobs, but no file of one.
    package init(path: String, bytes: Int = 16 << 20) {
        self.path = path
        self.bytes = bytes
    }

    /// Takes the room, when the disk has it.
    ///
    /// - Returns: whether it is there.
    @discardableResult
    package nonisolated func reserve() async -> Bool {
        if isThere.load(ordering: .relaxed) { return true }
        return await take()
    }

    private func take() -> Bool {
        if isThere.load(ordering: .relaxed) { return true }
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { Glibc.close(file) }
        let hasRoom = posix_fallocate(file, 0, off_t(bytes)) == 0
        // Half of it would be neither ballast nor free.
        if !hasRoom { unlink(path) }
        isThere.store(hasRoom, ordering: .relaxed)
        return hasRoom
    }

    /// Gives the room up.
    ///
    /// - Returns: whether there was any.
    package func giveUp() -> Bool {
        let wasThere = isThere.exchange(false, ordering: .relaxed)
        return unlink(path) == 0 && wasThere
    }
}
