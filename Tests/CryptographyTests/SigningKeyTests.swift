import Cryptography
import Testing

@Suite struct SigningKeyTests {
    // RFC 8032 §7.1, test 2.
    let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    let publicKey = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

    @Test func `a signature follows RFC 8032 and verifies`() throws {
        let key = try SigningKey(seed: Hex.decode(seed))
        let signature = try key.sign([0x72])
        let shared = key.publicKey
        #expect(Hex.encode(shared) == publicKey)
        #expect(Hex.encode(signature).hasPrefix("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8f"))
        #expect(SigningKey.verify(signature, of: [0x72], publicKey: shared))
        #expect(!SigningKey.verify(signature, of: [0x73], publicKey: shared))
    }

    @Test func `a seed of the wrong length is refused`() {
        #expect(throws: CryptographyError.self) { _ = try SigningKey(seed: [1, 2, 3]) }
    }
}
