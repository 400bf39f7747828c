import Cryptography

/// How a secret looks once something has encoded it as a whole; its escaped characters are `EscapedSecret`'s.
enum SecretForms {
    /// All of them, as bytes to look for.
    static func all(of secret: String) -> [[UInt8]] {
        let bytes = Array(secret.utf8)
        var forms = [secret, Hex.encode(bytes), Hex.encode(bytes).uppercased()]
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
}
