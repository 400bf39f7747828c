#if canImport(Glibc)
    import Glibc
#endif

/// Takes an answer's body, into memory or a file, within its limit, or lets it go.
final class BodySink {
    /// Bytes kept of the body of an answer that is not a success, when successes go to a file: it explains the status.
    static let explanationLimit = 64 << 10

    private let destination: HTTPClientRequest.Sink
    private var descriptor: Int32 = -1
    private var count = 0
    private(set) var bytes: [UInt8] = []

    init(_ destination: HTTPClientRequest.Sink) { self.destination = destination }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Takes a piece of the body of an answer with `status`.
    func append(_ piece: UnsafeRawBufferPointer, status: Int) throws(HTTPClientError) {
        count += piece.count
        switch destination {
        case .memory(let limit):
            guard count <= limit else { throw tooLarge(limit) }
            bytes.append(contentsOf: piece)
        case .file(let path, let limit) where (200..<300).contains(status):
            guard count <= limit else { throw tooLarge(limit) }
            try openFile(path)
            try write(piece, to: path)
        case .file:
            bytes.append(contentsOf: piece.prefix(max(0, Self.explanationLimit - bytes.count)))
        case .nowhere: break
        }
    }

    /// The answer is complete: an empty body leaves an empty file.
    func finish(status: Int) throws(HTTPClientError) {
        guard case .file(let path, _) = destination, (200..<300).contains(status) else { return }
        try openFile(path)
    }

    private func openFile(_ path: String) throws(HTTPClientError) {
        guard descriptor < 0 else { return }
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw failure(path) }
    }

    private func write(_ piece: UnsafeRawBufferPointer, to path: String) throws(HTTPClientError) {
        var rest = piece
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure(path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    private func failure(_ path: String) -> HTTPClientError {
        HTTPClientError(
            code: .file,
            message: "Cannot write \(path): \(String(cString: strerror(errno)))",
            mayHaveBeenSent: true
        )
    }

    private func tooLarge(_ limit: Int) -> HTTPClientError {
        HTTPClientError(code: .tooLarge, message: "The answer is longer than \(limit) bytes", mayHaveBeenSent: true)
    }
}
