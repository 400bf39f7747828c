#if canImport(Glibc)
    import Glibc
#endif

/// Gives libcurl a request's body piece by piece; a file is never in memory as a whole.
final class BodySource {
    private enum Content {
        case bytes([UInt8])
        case file(descriptor: Int32, start: Int)
    }

    private let content: Content
    /// Bytes in all.
    let count: Int
    private var offset = 0

    /// - Throws: `HTTPClientError` with `file` or `invalidRequest`, before anything is sent.
    init?(_ body: HTTPClientRequest.Body) throws(HTTPClientError) {
        switch body {
        case .none:
            return nil
        case .bytes(let bytes):
            content = .bytes(bytes)
            count = bytes.count
        case .file(let path, let range):
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw HTTPClientError(code: .file, message: "Cannot read \(path): \(String(cString: strerror(errno)))")
            }
            var status = stat()
            guard fstat(descriptor, &status) == 0, range.lowerBound >= 0, range.upperBound <= Int(status.st_size) else {
                close(descriptor)
                throw HTTPClientError(
                    code: .invalidRequest,
                    message: "Bytes \(range) are asked of \(path), which has \(status.st_size)"
                )
            }
            content = .file(descriptor: descriptor, start: range.lowerBound)
            count = range.count
        }
    }

    deinit { if case .file(let descriptor, _) = content { close(descriptor) } }

    /// Fills the buffer as far as the body goes.
    ///
    /// - Returns: bytes written; 0 at the end; nil when the file could not be read.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let wanted = min(buffer.count, count - offset)
        guard wanted > 0 else { return 0 }
        switch content {
        case .bytes(let bytes):
            buffer.copyBytes(from: bytes[offset..<(offset + wanted)])
            offset += wanted
            return wanted
        case .file(let descriptor, let start):
            let read = pread(descriptor, buffer.baseAddress, wanted, off_t(start + offset))
            // A file that became shorter meanwhile must not become a shorter request.
            guard read > 0 else { return nil }
            offset += read
            return read
        }
    }

    /// Goes back, or anywhere, because libcurl sends the request anew over another connection.
    func seek(to offset: Int) -> Bool {
        guard (0...count).contains(offset) else { return false }
        self.offset = offset
        return true
    }
}
