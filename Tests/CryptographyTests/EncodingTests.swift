import Cryptography
import Testing

@Suite struct EncodingTests {
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ]

    @Test(arguments: vectors)
    func `base64 follows the vectors of RFC 4648`(plain: String, encoded: String) throws {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(try Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test func `every byte survives every encoding`() throws {
        let bytes = (0...255).map { UInt8($0) } + [1]
        #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(try Base64.decodeURL(Base64.encodeURL(bytes)) == bytes)
        #expect(try Hex.decode(Hex.encode(bytes)) == bytes)
    }

    @Test(arguments: [(0, "0000000000000000"), (0x0123_4567_89ab_cdef, "0123456789abcdef"), (.max, "ffffffffffffffff")])
    func `a number is 16 digits`(number: UInt64, text: String) { #expect(Hex.encode(number) == text) }

    @Test func `base64 of every length is what its bits say, six by six`() throws {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ $0 / 7) }
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        for length in bytes.indices {
            let part = Array(bytes[..<length])
            let bits: [Int] = part.flatMap { byte in (0..<8).map { Int(byte) >> (7 - $0) & 1 } }
            var text = ""
            for start in stride(from: 0, to: bits.count, by: 6) {
                let six = bits[start..<min(start + 6, bits.count)]
                text.append(digits[six.reduce(0) { $0 * 2 + $1 } << (6 - six.count)])
            }
            let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
            #expect(Base64.encode(part) == text + padding)
            #expect(try Base64.decodeURL(Base64.encodeURL(part)) == part)
        }
    }

    @Test func `a random UUID is one of version 4, and never the same`() {
        let texts = (0..<200).map { _ in RandomUUID.text() }
        #expect(Set(texts).count == texts.count)
        for text in texts {
            #expect(text.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
            #expect(text.allSatisfy { "0123456789abcdef-".contains($0) })
            #expect(Array(text)[14] == "4" && "89ab".contains(Array(text)[19]), "\(text)")
        }
    }

    @Test func `the URL alphabet has no padding, plus or slash`() {
        #expect(Base64.encodeURL([0xfb, 0xff]) == "-_8")
    }

    @Test(arguments: ["Zg=", "Zg", "Z===", "Zh==", "Zm 9", "Zm9v\n", "Zm9-", "===="])
    func `malformed base64 is refused`(text: String) {
        #expect(throws: CryptographyError.self) { try Base64.decode(text) }
    }

    @Test(arguments: ["Zg==", "Z", "Zh", "Zm+v"])
    func `malformed base64url is refused`(text: String) {
        #expect(throws: CryptographyError.self) { try Base64.decodeURL(text) }
    }

    @Test(arguments: ["a", "0g", "0 1"])
    func `malformed hexadecimal is refused`(text: String) {
        #expect(throws: CryptographyError.self) { try Hex.decode(text) }
    }
}
