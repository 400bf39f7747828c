import Cryptography

/// Decoding tens of megabytes belongs on the cooperative pool, not on the loop.
@concurrent func decodeBase64(_ text: String) async throws -> [UInt8] {
    try Base64.decode(text)
}
