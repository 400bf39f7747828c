/// Percent-encoding of paths, queries and forms.
package enum PercentCoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Decodes `%41` to `A`.
    ///
    /// - Returns: nil for a broken escape, bytes that are not UTF-8, or a NUL.
    package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        let isPlain = text.utf8.allSatisfy { $0 != 0x25 && (!plusIsSpace || $0 != 0x2B) }
        if isPlain { return String(text) }
        let input = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            switch input[index] {
            case 0x25:
                guard index + 2 < input.count, let high = Hex.value(of: input[index + 1]),
                    let low = Hex.value(of: input[index + 2]), high << 4 | low != 0
                else { return nil }
                output.append(high << 4 | low)
                index += 3
            case 0x2B where plusIsSpace:
                output.append(0x20)
                index += 1
            case let byte:
                output.append(byte)
                index += 1
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    /// Encodes everything but letters, digits and `-._~`: fit for one segment of a path and one value of a query or a form.
    package static func encode(_ text: String) -> String { encode(bytes: text.utf8) }

    /// The same for bytes that need not be text.
    ///
    /// - Parameter spaceIsPlus: as forms write it.
    package static func encode(bytes: some Collection<UInt8>, spaceIsPlus: Bool = false) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 3) { encoded in
            var count = 0
            func write(_ byte: UInt8) {
                encoded[count] = byte
                count += 1
            }
            for byte in bytes {
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: write(byte)
                case 0x20 where spaceIsPlus: write(0x2B)
                default:
                    write(0x25)
                    write(digits[Int(byte >> 4)])
                    write(digits[Int(byte & 15)])
                }
            }
            return count
        }
    }

    /// Reads `a=1&b=2`, the form of queries and of `application/x-www-form-urlencoded` bodies.
    ///
    /// - Returns: nil when a name or value is not decodable.
    package static func decodeForm(_ text: String) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for part in text.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(halves[0], plusIsSpace: true),
                let value = decode(halves.count > 1 ? halves[1] : "", plusIsSpace: true)
            else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }
}
