#if canImport(Glibc)
    import Glibc
#endif

/// Directories as the rooms above need them.
package enum Directory {
    /// Creates a directory and those above it that are missing, all with `mode`.
    ///
    /// - Throws: `StorageError`.
    package static func create(_ path: String, mode: UInt32) throws {
        var current = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            current += "/" + component
            guard mkdir(current, mode) != 0, errno != EEXIST else { continue }
            throw StorageError(errno: errno, "create the directory '\(current)'")
        }
    }
}

extension StorageError {
    /// The failure of a system call while trying to `action`.
    init(errno code: Int32, _ action: String) {
        let isFull = code == ENOSPC || code == EDQUOT || code == EFBIG
        self.init(
            isFull ? .storageFull : code == ENOENT ? .notFound : .ioError,
            "Cannot \(action): \(String(cString: strerror(code)))" + (isFull ? "; free space, then try again" : "")
        )
    }
}
