/// Puts PNGs of one width below each other into one PNG, written in pieces: memory holds one part, never the whole.
///
/// Rows keep the filters they have: a filter looks at the row above and the pixel before, so all rows but a part's first stand
/// as they did. The first row of a part was made as if nothing were above it; it is written again without a filter.
///
/// Not `Sendable`: used by one task at a time.
package struct PNGStitcher: ~Copyable {
    private static let bufferBytes = 256 << 10

    private var deflater: Deflater
    /// The header of the whole; nil before the first part.
    package private(set) var header: PNGHeader?

    package init() throws(PNGError) {
        // The parts come nearly uncompressed; the best level takes eight times as long for a tenth less.
        deflater = try Deflater(level: 3)
    }

    /// The first 33 bytes of the file; their final form is known after the last part.
    package var opening: [UInt8] {
        header.map { PNGChunk.signature + PNGChunk.encoded("IHDR", $0.fields) } ?? []
    }

    /// The next piece of the file, with all rows of one more part; the first begins with `opening`.
    ///
    /// - Throws: `PNGError`.
    package mutating func append(_ part: [UInt8]) throws(PNGError) -> [UInt8] {
        let own = try PNGHeader(of: part)
        let isFirst = header == nil
        if let header, header.width != own.width || header.colour != own.colour {
            throw PNGError(
                .mismatch,
                "A part of \(own.width)×\(own.height) (\(own.colour)) does not fit below one \(header.width) wide (\(header.colour))"
            )
        }
        let compressed = try rows(of: part, own)
        header = PNGHeader(width: own.width, height: (header?.height ?? 0) + own.height, colour: own.colour)
        return (isFirst ? opening : []) + (compressed.isEmpty ? [] : PNGChunk.encoded("IDAT", compressed))
    }

    private mutating func rows(of part: [UInt8], _ own: PNGHeader) throws(PNGError) -> [UInt8] {
        var reader = RowReader(rowBytes: own.rowBytes, pixelBytes: own.pixelBytes)
        var inflater = try Inflater()
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.bufferBytes)
        defer { buffer.deallocate() }
        var compressed: [UInt8] = []
        for chunk in try PNGChunk.all(of: part) where chunk.type == "IDAT" {
            try part.withUnsafeBufferPointer { (bytes) throws(PNGError) in
                let content = UnsafeBufferPointer(rebasing: bytes[chunk.content])
                try inflater.expand(content, through: buffer) { (piece) throws(PNGError) in
                    try reader.take(piece).withUnsafeBufferPointer { (row) throws(PNGError) in
                        try deflater.compress(row, isLast: false, into: &compressed)
                    }
                    let rest = UnsafeBufferPointer(rebasing: piece[reader.skipped...])
                    try deflater.compress(rest, isLast: false, into: &compressed)
                }
            }
        }
        guard reader.total == own.height * own.rowBytes else { throw PNGError(.invalid, "The PNG lacks rows") }
        return compressed
    }

    /// The end of the file.
    package mutating func finish() throws(PNGError) -> [UInt8] {
        var compressed: [UInt8] = []
        try deflater.compress(UnsafeBufferPointer(start: nil, count: 0), isLast: true, into: &compressed)
        return PNGChunk.encoded("IDAT", compressed) + PNGChunk.encoded("IEND", [])
    }
}
