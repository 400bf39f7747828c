import Testing

@testable import Cryptography

struct AESGCMTests {
    /// NIST's GCM test vectors, cases 13 to 16.
    @Test func `the published vectors come out`() throws {
        let zero = [UInt8](repeating: 0, count: 32)
        let nonce = [UInt8](repeating: 0, count: 12)
        #expect(
            Hex.encode(try AESGCM.seal([], key: zero, context: [], nonce: nonce).dropFirst(12).map { $0 })
                == "530f8afbc74536b9a963b4f1c4cb738b"
        )
        #expect(
            Hex.encode(
                try AESGCM.seal(Array(zero.prefix(16)), key: zero, context: [], nonce: nonce).dropFirst(12).map { $0 }
            )
                == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
        )
        let key = try Hex.decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
        let text = try Hex.decode(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        )
        let context = try Hex.decode("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let sealed = try AESGCM.seal(
            text,
            key: key,
            context: context,
            nonce: try Hex.decode("cafebabefacedbaddecaf888")
        )
        #expect(Hex.encode(Array(sealed.suffix(16))) == "76fc6ece0f4e1768cddf8853bb2d551b")
        #expect(try AESGCM.open(sealed, key: key, context: context) == text)
    }

    @Test func `a changed bit, another context and another key open nothing`() throws {
        let key = RandomBytes.generate(32)
        let sealed = try AESGCM.seal(Array("geheim".utf8), key: key, context: [1])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(try AESGCM.open(changed, key: key, context: [1]) == nil)
        }
        #expect(try AESGCM.open(sealed, key: key, context: [2]) == nil)
        #expect(try AESGCM.open(sealed, key: RandomBytes.generate(32), context: [1]) == nil)
        #expect(try AESGCM.open(Array(sealed.prefix(20)), key: key, context: [1]) == nil)
        #expect(try AESGCM.open(sealed, key: key, context: [1]) == Array("geheim".utf8))
        #expect(throws: CryptographyError.self) { _ = try AESGCM.seal([], key: [1], context: []) }
    }

    @Test func `no nonce comes twice`() throws {
        let key = RandomBytes.generate(32)
        let nonces = try (0..<20_000).map { _ in Array(try AESGCM.seal([], key: key, context: []).prefix(12)) }
        #expect(Set(nonces).count == nonces.count)
    }
}
