import Cryptography

/// Names of folders as IMAP carries them (RFC 3501 §5.1.3).
enum ModifiedUTF7 {
    static func encode(_ name: String) -> String {
        var result = ""
        var units: [UInt16] = []
        func flush() {
            guard !units.isEmpty else { return }
            let bytes = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            result +=
                "&" + Base64.encode(bytes).filter { $0 != "=" }.map { $0 == "/" ? "," : String($0) }.joined() + "-"
            units = []
        }
        for scalar in name.unicodeScalars {
            if (0x20...0x7E).contains(scalar.value) {
                flush()
                result += scalar == "&" ? "&-" : String(scalar)
            } else {
                units += Array(String(scalar).utf16)
            }
        }
        flush()
        return result
    }

    /// A name that is not well-formed comes back as it is.
    static func decode(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            let inner = rest[rest.index(after: start)...]
            guard let end = inner.firstIndex(of: "-") else { return text }
            let body = inner[..<end]
            if body.isEmpty {
                result.append("&")
            } else {
                var digits = String(body.map { $0 == "," ? "/" : $0 })
                while digits.utf8.count % 4 != 0 { digits.append("=") }
                guard let bytes = try? Base64.decode(digits), bytes.count.isMultiple(of: 2) else { return text }
                let units = stride(from: 0, to: bytes.count, by: 2).map {
                    UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
                }
                result += String(decoding: units, as: UTF16.self)
            }
            rest = inner[inner.index(after: end)...]
        }
        return result + rest
    }
}
