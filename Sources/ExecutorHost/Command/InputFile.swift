import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// A file that was named on the command line; also a pipe, and `-` for standard input.
struct InputFile {
    /// As it was written.
    let path: String
    /// What it is for, in messages: `scenario`.
    let content: String
    /// Bytes it may have; of a pipe nobody knows them before.
    let limit: Int

    /// How messages call it.
    var name: String { path == "-" ? "standard input" : path }

    /// All of it, when the writer of a pipe has ended. Whoever is cancelled does not wait for that.
    ///
    /// - Throws: `HostError` that says why it cannot be read; `CancellationError`.
    func read() async throws -> [UInt8] {
        try await BlockingThread(name: "cpa-input").runCancellably { try contents() }
    }

    private func contents() throws(HostError) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(errno)
            }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                throw HostError(.usage, "the \(content) \(name) has more than \(limit) bytes, which is the limit")
            }
        }
    }

    private func failure(_ code: Int32) -> HostError {
        let remedy = code == EISDIR ? "; name a file in it, or - for standard input" : ""
        return HostError(.usage, "cannot read the \(content) \(name): \(String(cString: strerror(code)))\(remedy)")
    }
}
