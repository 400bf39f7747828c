#if canImport(Glibc)
    import Glibc
#endif

/// Files that somebody holds open, and whether they still are what is found under their names.
///
/// What is written to a file that was moved or removed is lost, or nobody finds it. While they are open no other file gets
/// their numbers.
struct FilePlaces: Sendable {
    private struct File: Hashable {
        let device: dev_t
        let number: ino_t

        /// The file under a name; nil when there is none.
        init?(at path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, number) = (status.st_dev, status.st_ino)
        }
    }

    private let files: [(path: String, file: File?)]

    /// Notes what is under these names now.
    init(of paths: [String]) { files = paths.map { ($0, File(at: $0)) } }

    /// - Throws: `StorageError` with `ioError` when one of them is there no more, or another is.
    func check() throws {
        for (path, file) in files where File(at: path) != file {
            throw StorageError(
                .ioError,
                "'\(path)' is not the file any more that this cpa has open: its directory was moved, removed or replaced. "
                    + "Put it back, or stop this cpa and start it on the data it should use"
            )
        }
    }
}
