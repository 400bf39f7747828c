/// The first chunk of a PNG (PNG specification, third edition, 11.2.1): 8 bits a sample, not interlaced.
package struct PNGHeader: Hashable, Sendable {
    package enum Colour: UInt8, Sendable {
        case rgb = 2
        case rgba = 6
    }

    package var width: Int
    package var height: Int
    package var colour: Colour

    package init(width: Int, height: Int, colour: Colour) {
        self.width = width
        self.height = height
        self.colour = colour
    }

    /// Bytes of a pixel.
    var pixelBytes: Int { colour == .rgb ? 3 : 4 }
    /// Bytes of a row: the filter's number, then the pixels.
    var rowBytes: Int { 1 + width * pixelBytes }

    /// Reads the header of a whole PNG.
    ///
    /// - Throws: `PNGError` with `invalid`.
    package init(of picture: [UInt8]) throws(PNGError) {
        guard let first = try PNGChunk.all(of: picture).first, first.type == "IHDR", first.content.count == 13 else {
            throw PNGError(.invalid, "The picture is no PNG: it has no header")
        }
        try self.init(fields: Array(picture[first.content]))
    }

    private init(fields: [UInt8]) throws(PNGError) {
        let number = { (place: Int) in fields[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard fields[8] == 8, fields[12] == 0, let colour = Colour(rawValue: fields[9]) else {
            throw PNGError(
                .invalid,
                "The PNG has colour type \(fields[9]) of \(fields[8]) bits, interlace \(fields[12])"
            )
        }
        self.init(width: number(0), height: number(4), colour: colour)
        guard width > 0, height > 0 else { throw PNGError(.invalid, "The PNG is \(width)×\(height)") }
    }

    var fields: [UInt8] {
        PNGChunk.bytes(of: UInt32(width)) + PNGChunk.bytes(of: UInt32(height)) + [8, colour.rawValue, 0, 0, 0]
    }
}
