import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// A file that `--file` gives a job.
struct AttachedFile {
    /// How the scenario calls it.
    let name: String
    let path: String

    /// Bytes it has, where those must be known before.
    ///
    /// - Throws: `HostError` when it cannot be read, or is a pipe or a device.
    func size() throws(HostError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return Int(status.st_size)
        case S_IFDIR: throw failure(EISDIR)
        default: throw HostError(.usage, "--file \(name): \(path) is no file of bytes; write them to one and name that")
        }
    }

    /// Opens it, also when it is a pipe; whoever is cancelled does not wait for its writer.
    ///
    /// - Throws: `HostError` that says why it cannot be read; `CancellationError`.
    func reader() async throws -> Reader {
        let thread = BlockingThread(name: "cpa-input")
        return try await thread.runCancellably {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure(errno) }
            return Reader(file: self, descriptor: descriptor, thread: thread)
        }
    }

    private func failure(_ code: Int32) -> HostError {
        let remedy = code == EISDIR ? "; name a file in it" : ""
        return HostError(.usage, "--file \(name): cannot read \(path): \(String(cString: strerror(code)))\(remedy)")
    }
}

extension AttachedFile {
    /// Reads an open file piece by piece; closes it with its last reference.
    final class Reader: Sendable {
        private let file: AttachedFile
        private let descriptor: Int32
        private let thread: BlockingThread

        fileprivate init(file: AttachedFile, descriptor: Int32, thread: BlockingThread) {
            self.file = file
            self.descriptor = descriptor
            self.thread = thread
        }

        deinit { close(descriptor) }

        /// The next 256 KiB at most, nil at the end. Whoever is cancelled does not wait for them.
        ///
        /// - Throws: `HostError` when it cannot be read on: a part of it must not go for the whole; `CancellationError`.
        @Sendable func next() async throws -> [UInt8]? {
            try await thread.runCancellably { [self] in try piece() }
        }

        private func piece() throws(HostError) -> [UInt8]? {
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
                var result = 0
                repeat {
                    result = read(descriptor, buffer.baseAddress, buffer.count)
                } while result < 0 && errno == EINTR
                code = result < 0 ? errno : 0
                count = max(0, result)
            }
            guard code == 0 else { throw file.failure(code) }
            return bytes.isEmpty ? nil : bytes
        }
    }
}
