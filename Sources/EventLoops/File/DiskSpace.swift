#if canImport(Glibc)
    import Glibc
#endif

/// What room disks have.
package enum DiskSpace {
    /// Bytes that a process without privileges can still write to the disk of a path; nil when nobody knows.
    ///
    /// Asks the kernel, which answers at once for a local disk; source: statvfs(3).
    package static func free(at path: String) -> Int? {
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else { return nil }
        // Some file systems that have no end say so with the largest number.
        let (bytes, isTooMany) = Int(clamping: disk.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: disk.f_frsize)
        )
        return isTooMany ? .max : bytes
    }
}
