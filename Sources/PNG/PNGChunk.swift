import CZlib

/// A chunk of a PNG: a type, where its content stands; checksums are not looked at, the pictures come from a browser.
struct PNGChunk {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    var type: String
    var content: Range<Int>

    /// The chunks of a whole PNG, in order.
    static func all(of picture: [UInt8]) throws(PNGError) -> [PNGChunk] {
        guard picture.starts(with: signature) else { throw PNGError(.invalid, "The picture is no PNG") }
        var chunks: [PNGChunk] = []
        var place = signature.count
        while place + 12 <= picture.count {
            let length = picture[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            let content = place + 8..<place + 8 + length
            guard content.upperBound + 4 <= picture.count else { break }
            chunks.append(
                PNGChunk(type: String(decoding: picture[place + 4..<place + 8], as: UTF8.self), content: content)
            )
            place = content.upperBound + 4
        }
        guard chunks.last?.type == "IEND" else { throw PNGError(.invalid, "The PNG is cut off") }
        return chunks
    }

    /// A chunk as it stands in a file.
    static func encoded(_ type: StaticString, _ content: [UInt8]) -> [UInt8] {
        let name = type.withUTF8Buffer(Array.init)
        var sum = crc32(0, name, UInt32(name.count))
        // zlib takes nil for "begin anew".
        if !content.isEmpty { sum = crc32(sum, content, UInt32(content.count)) }
        return bytes(of: UInt32(content.count)) + name + content + bytes(of: UInt32(truncatingIfNeeded: sum))
    }

    static func bytes(of number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian, Array.init) }
}
