import Cryptography
import JSON

/// How a secret can look once something has encoded it.
enum SecretForms {
    /// All of them, as bytes to look for.
    static func all(of secret: String) -> [[UInt8]] {
        let bytes = Array(secret.utf8)
        let quoted = JSONValue.string(secret).text()
        var forms: [String] = [
            secret, String(quoted.dropFirst().dropLast()), PercentCoding.encode(bytes: bytes),
            PercentCoding.encode(bytes: bytes, spaceIsPlus: true), htmlEscaped(secret),
        ]
        forms += [
            PercentCoding.encode(bytes: bytes).lowercased(), Hex.encode(bytes), Hex.encode(bytes).uppercased(),
        ]
        for offset in 0..<3 {
            forms += [base64Core(bytes, offset, Base64.encode), base64Core(bytes, offset, Base64.encodeURL)]
        }
        return forms.map { Array($0.utf8) }
    }

    /// The base64 digits that depend on the secret alone when `offset` unknown bytes stand before it.
    private static func base64Core(_ bytes: [UInt8], _ offset: Int, _ encode: ([UInt8]) -> String) -> String {
        let text = encode([UInt8](repeating: 0, count: offset) + bytes)
        let first = (offset * 8 + 5) / 6
        let last = (offset + bytes.count) * 8 / 6
        return String(text.dropFirst(first).prefix(last - first))
    }

    private static func htmlEscaped(_ secret: String) -> String {
        var text = ""
        for character in secret {
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.append(character)
            }
        }
        return text
    }
}
