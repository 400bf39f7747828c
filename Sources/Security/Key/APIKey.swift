import Cryptography

/// An API key in plain: `cpa_<id>_<secret>`.
///
/// The id finds the row; the secret's SHA-256 is what is stored. It is no string, so that it does not end up in a log.
package struct APIKey: Sendable {
    /// The public part: 8 random bytes in hexadecimal.
    package let id: String
    private let secret: [UInt8]

    /// Makes a key of 32 random bytes.
    package static func generate(random: (Int) -> [UInt8] = RandomBytes.generate) -> APIKey {
        APIKey(id: Hex.encode(random(8)), secret: random(32))
    }

    private init(id: String, secret: [UInt8]) {
        self.id = id
        self.secret = secret
    }

    /// Reads what a caller sent; nil unless it has the form of a key.
    package init?(parsing text: String) {
        let parts = text.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "cpa", parts[1].utf8.count == 16,
            let secret = try? Base64.decodeURL(String(parts[2])), secret.count == 32
        else { return nil }
        id = String(parts[1])
        self.secret = secret
    }

    /// What the caller must send: shown once, then kept by the caller only.
    package func reveal() -> String { "cpa_\(id)_\(Base64.encodeURL(secret))" }

    /// What is stored.
    var hash: [UInt8] { SHA256.digest(of: secret).bytes }

    /// Whether the stored hash is this key's; takes the same time either way.
    func matches(hash stored: [UInt8]) -> Bool { ConstantTime.equal(hash, stored) }
}
