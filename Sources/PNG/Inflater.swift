import CZlib

/// One zlib stream being read.
///
/// Not `Sendable`: used by one task at a time.
struct Inflater: ~Copyable {
    // zlib keeps the address of the structure, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() throws(PNGError) {
        stream.initialize(to: z_stream())
        guard cpa_inflate_init(stream) == Z_OK else { throw PNGError(.compression, "zlib has no memory") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Expands a piece; `take` gets what comes out, in pieces of at most the buffer's size.
    mutating func expand(
        _ bytes: UnsafeBufferPointer<UInt8>,
        through buffer: UnsafeMutableBufferPointer<UInt8>,
        _ take: (UnsafeMutableBufferPointer<UInt8>) throws(PNGError) -> Void
    ) throws(PNGError) {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = UInt32(buffer.count)
            let status = inflate(stream, Z_NO_FLUSH)
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw PNGError(.invalid, "The PNG is damaged: zlib says \(status)")
            }
            let filled = buffer.count - Int(stream.pointee.avail_out)
            if filled > 0 { try take(UnsafeMutableBufferPointer(rebasing: buffer[..<filled])) }
            if status == Z_STREAM_END { return }
        } while stream.pointee.avail_out == 0
    }
}
