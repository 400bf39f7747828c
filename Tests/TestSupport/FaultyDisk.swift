import CSQLite
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A disk under SQLite that fails when a test says so, and can be copied as a kill at that moment would leave it.
///
/// It stands before SQLite's own file system for the whole process; files outside the directories of living disks pass
/// through untouched.
package final class FaultyDisk: Sendable {
    /// What an operation answers instead of being done.
    package enum Fault: Sendable, CaseIterable {
        /// No space left: a write is refused.
        case full
        /// The device refuses a write.
        case writeError
        /// The device cannot say that what was written will stay.
        case syncError
    }

    private struct State {
        var fault: Fault?
        var left = 0
        var isLasting = false
        var operations = 0
        var watch: (@Sendable () -> Void)?
    }

    private let directory: String
    private let state = Mutex(State())

    /// Puts a disk under a directory, for files opened from now on.
    package init(under directory: String) {
        self.directory = directory + "/"
        FileSystem.install()
        FileSystem.disks.withLock { $0[ObjectIdentifier(self)] = self }
    }

    /// Takes the disk away; files that are open keep it, without faults.
    package func remove() {
        heal()
        _ = FileSystem.disks.withLock { $0.removeValue(forKey: ObjectIdentifier(self)) }
    }

    /// Writes and syncs so far.
    package var operations: Int { state.withLock { $0.operations } }

    /// From the operation after the next `count` on, the first one that `fault` can hit fails; all of them when `isLasting`.
    package func fail(_ fault: Fault, after count: Int, isLasting: Bool = false) {
        state.withLock { state in
            state.fault = fault
            state.left = count
            state.isLasting = isLasting
        }
    }

    /// Nothing fails any more.
    package func heal() { state.withLock { $0.fault = nil } }

    /// Calls `body` before every write and sync, on the thread that does it.
    private func watch(_ body: (@Sendable () -> Void)?) { state.withLock { $0.watch = body } }

    /// What a process killed at one moment would have left, and how much it had acknowledged by then.
    package struct Remains: Sendable {
        package var directory: String
        package var acknowledged: Int
    }

    /// Copies below `place` what a process killed at each write and sync of `work` would leave.
    ///
    /// - Parameter acknowledged: read at each of these moments, on the thread that writes.
    /// - Throws: what `work` throws, or why a copy could not be made.
    package func remains(
        in place: String,
        acknowledged: @escaping @Sendable () -> Int = { 0 },
        of work: () async throws -> Void
    ) async throws -> [Remains] {
        let copies = Mutex<Result<[Remains], any Error>>(.success([]))
        watch {
            copies.withLock { copies in
                guard case .success(let made) = copies else { return }
                let target = "\(place)/\(made.count)"
                copies = Result {
                    try self.copy(to: target)
                    return made + [Remains(directory: target, acknowledged: acknowledged())]
                }
            }
        }
        defer { watch(nil) }
        try await work()
        return try copies.withLock { $0 }.get()
    }

    /// Copies what is there at this moment: what a killed process would leave.
    private func copy(to target: String) throws {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        // Without the shared memory of the WAL: it is made anew after a kill of every process.
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) where !name.hasSuffix("-shm") {
            try FileManager.default.copyItem(atPath: directory + name, toPath: "\(target)/\(name)")
        }
    }

    fileprivate func holds(_ path: String) -> Bool { path.hasPrefix(directory) }

    /// What the next operation answers; nil when it shall be done.
    fileprivate func verdict(isSync: Bool) -> Int32? {
        let (code, watch) = state.withLock { state in
            state.operations += 1
            return (Self.code(&state, isSync), state.watch)
        }
        watch?()
        return code
    }

    private static func code(_ state: inout State, _ isSync: Bool) -> Int32? {
        guard let fault = state.fault else { return nil }
        state.left -= 1
        guard state.left < 0, isSync == (fault == .syncError) else { return nil }
        if !state.isLasting { state.fault = nil }
        return switch fault {
        case .full: SQLITE_FULL
        case .writeError: SQLITE_IOERR | (3 << 8)  // SQLITE_IOERR_WRITE
        case .syncError: SQLITE_IOERR | (4 << 8)  // SQLITE_IOERR_FSYNC
        }
    }
}

/// SQLite's file system with ours before it.
private enum FileSystem {
    /// A file of a disk: how the file system under ours serves it.
    ///
    /// Unchecked: the tables are written before the file is known to anybody, and freed after it was closed.
    struct OpenFile: @unchecked Sendable {
        let base: UnsafePointer<sqlite3_io_methods>
        let own: UnsafeMutablePointer<sqlite3_io_methods>
        let disk: FaultyDisk
    }

    static let disks = Mutex<[ObjectIdentifier: FaultyDisk]>([:])
    private static let files = Mutex<[UInt: OpenFile]>([:])
    /// SQLite's own; never changes, and lives as long as the process.
    nonisolated(unsafe) private static let base = sqlite3_vfs_find(nil)

    private static let isInstalled: Bool = {
        guard let base else { return false }
        // Never freed: SQLite keeps it for the life of the process.
        let own = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        own.initialize(to: base.pointee)
        own.pointee.zName = UnsafePointer(strdup("faulty"))
        own.pointee.xOpen = { _, name, file, flags, granted in FileSystem.open(name, file, flags, granted) }
        return sqlite3_vfs_register(own, 1) == SQLITE_OK
    }()

    static func install() { precondition(isInstalled, "Cannot stand before SQLite's file system") }

    /// Called by SQLite on the thread that opens a database, a WAL or a journal.
    private static func open(
        _ name: sqlite3_filename?,
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ flags: Int32,
        _ granted: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let base, let file else { return SQLITE_CANTOPEN }
        let status = base.pointee.xOpen(base, name, file, flags, granted)
        guard status == SQLITE_OK, let name, let methods = file.pointee.pMethods else { return status }
        let path = String(cString: name)
        guard let disk = disks.withLock({ $0.values.first { $0.holds(path) } }) else { return status }
        let own = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        own.initialize(to: methods.pointee)
        own.pointee.xWrite = { file, bytes, count, offset in
            FileSystem.operate(file, isSync: false) { $0.xWrite(file, bytes, count, offset) }
        }
        own.pointee.xSync = { file, flags in FileSystem.operate(file, isSync: true) { $0.xSync(file, flags) } }
        own.pointee.xClose = { file in FileSystem.close(file) }
        files.withLock { $0[UInt(bitPattern: file)] = OpenFile(base: methods, own: own, disk: disk) }
        file.pointee.pMethods = UnsafePointer(own)
        return status
    }

    private static func operate(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        isSync: Bool,
        _ body: (sqlite3_io_methods) -> Int32
    ) -> Int32 {
        guard let entry = files.withLock({ $0[UInt(bitPattern: file)] }) else { return SQLITE_IOERR }
        return entry.disk.verdict(isSync: isSync) ?? body(entry.base.pointee)
    }

    private static func close(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
        guard let entry = files.withLock({ $0.removeValue(forKey: UInt(bitPattern: file)) }) else {
            return SQLITE_IOERR
        }
        defer { entry.own.deallocate() }
        return entry.base.pointee.xClose(file)
    }
}
