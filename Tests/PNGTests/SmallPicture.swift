@testable import PNG

/// A picture the tests make and read by the letter of the specification, apart from the code under test.
struct SmallPicture {
    let header: PNGHeader
    /// Bytes of the pixels, row by row.
    let rows: [[UInt8]]

    init(width: Int, height: Int, colour: PNGHeader.Colour, seed: UInt32) {
        header = PNGHeader(width: width, height: height, colour: colour)
        var state = seed
        let count = header.rowBytes - 1
        rows = (0..<height).map { _ in
            (0..<count).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(state >> 24)
            }
        }
    }

    init(decoding file: [UInt8]) throws {
        header = try PNGHeader(of: file)
        var raw: [UInt8] = []
        var inflater = try Inflater()
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64)
        defer { buffer.deallocate() }
        for chunk in try PNGChunk.all(of: file) where chunk.type == "IDAT" {
            try Array(file[chunk.content]).withUnsafeBufferPointer { (bytes) throws(PNGError) in
                try inflater.expand(bytes, through: buffer) { raw += $0 }
            }
        }
        let (length, pixel) = (header.rowBytes, header.pixelBytes)
        var rows: [[UInt8]] = []
        for number in 0..<header.height {
            let row = Array(raw[number * length..<(number + 1) * length])
            let above = rows.last ?? [UInt8](repeating: 0, count: length - 1)
            var plain: [UInt8] = []
            for place in 0..<length - 1 {
                let left = place < pixel ? 0 : plain[place - pixel]
                let corner = place < pixel ? 0 : above[place - pixel]
                plain.append(row[place + 1] &+ Self.prediction(row[0], left, above[place], corner))
            }
            rows.append(plain)
        }
        self.rows = rows
    }

    func encoded(filter: UInt8) throws -> [UInt8] {
        let pixel = header.pixelBytes
        var raw: [UInt8] = []
        for (number, row) in rows.enumerated() {
            raw.append(filter)
            for place in row.indices {
                let left = place < pixel ? 0 : row[place - pixel]
                let above = number == 0 ? 0 : rows[number - 1][place]
                let corner = number == 0 || place < pixel ? 0 : rows[number - 1][place - pixel]
                raw.append(row[place] &- Self.prediction(filter, left, above, corner))
            }
        }
        var deflater = try Deflater(level: 6)
        var compressed: [UInt8] = []
        try raw.withUnsafeBufferPointer { (bytes) throws(PNGError) in
            try deflater.compress(bytes, isLast: true, into: &compressed)
        }
        // In two chunks, as browsers split it at any byte.
        let middle = compressed.count / 2
        return PNGChunk.signature + PNGChunk.encoded("IHDR", header.fields)
            + PNGChunk.encoded("IDAT", Array(compressed[..<middle]))
            + PNGChunk.encoded("IDAT", Array(compressed[middle...])) + PNGChunk.encoded("IEND", [])
    }

    private static func prediction(_ filter: UInt8, _ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
        switch filter {
        case 1: return left
        case 2: return above
        case 3: return UInt8((Int(left) + Int(above)) / 2)
        case 4:
            let estimate = Int(left) + Int(above) - Int(corner)
            let (a, b, c) = (abs(estimate - Int(left)), abs(estimate - Int(above)), abs(estimate - Int(corner)))
            return a <= b && a <= c ? left : b <= c ? above : corner
        default: return 0
        }
    }
}
