/// Percent-encoding of paths, queries and forms.
package enum PercentCoding {
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
                guard index + 2 < input.count, let high = hexadecimal(input[index + 1]),
                    let low = hexadecimal(input[index + 2]), high << 4 | low != 0
                else { return nil }
                output.append(UInt8(high << 4 | low))
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

    /// Encodes everything but letters, digits and `-._~`, for one segment of a path or one value of a query.
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: output.append(byte)
            default: output += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
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
