import CZlib

/// One zlib stream being written.
///
/// Not `Sendable`: used by one task at a time.
struct Deflater: ~Copyable {
    private static let pieceBytes = 64 << 10

    // zlib keeps the address of the structure, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init(level: Int32) throws(PNGError) {
        stream.initialize(to: z_stream())
        guard cpa_deflate_init(stream, level) == Z_OK else { throw PNGError(.compression, "zlib has no memory") }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses what is given, appends what comes out.
    mutating func compress(_ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into output: inout [UInt8])
        throws(PNGError)
    {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        while true {
            let (filled, status) = output.extend(by: Self.pieceBytes) { memory -> (Int, Int32) in
                stream.pointee.next_out = memory.baseAddress
                stream.pointee.avail_out = UInt32(memory.count)
                let status = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                return (memory.count - Int(stream.pointee.avail_out), status)
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw PNGError(.compression, "zlib cannot compress the picture (\(status))")
            }
            if isLast ? status == Z_STREAM_END : filled < Self.pieceBytes { return }
        }
    }
}

extension [UInt8] {
    /// Appends up to `count` bytes that `body` writes; it returns how many it wrote.
    fileprivate mutating func extend<R>(by count: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) -> (Int, R)) -> (
        Int, R
    ) {
        let old = self.count
        append(contentsOf: repeatElement(0, count: count))
        let (written, result) = withUnsafeMutableBufferPointer {
            body(UnsafeMutableBufferPointer(rebasing: $0[old...]))
        }
        removeLast(count - written)
        return (written, result)
    }
}
