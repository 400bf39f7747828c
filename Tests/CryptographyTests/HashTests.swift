import Cryptography
import FoundationEssentials
import TestSupport
import Testing

@Suite struct HashTests {
    @Test func `SHA-256 gives the digest of FIPS 180-4`() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(SHA256.digest(of: "abc").hex == expected)
        #expect(SHA256.digest(of: "").hex.hasPrefix("e3b0c44298fc1c14"))
    }

    @Test func `pieces hash like the whole`() {
        var hash = SHA256()
        hash.update("a")
        hash.update([UInt8(ascii: "b")])
        hash.update("c".utf8.reversed())
        let pieces = hash.finalize()
        #expect(pieces == SHA256.digest(of: "abc"))
    }

    @Test func `SHA-1 gives the accept key of RFC 6455`() {
        let accept = SHA1.digest(of: "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11").base64
        #expect(accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func `HMAC gives the codes of RFC 4231 and RFC 2202`() {
        let key = Array("Jefe".utf8)
        let message = Array("what do ya want for nothing?".utf8)
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        #expect(HMAC.sha256(message, key: key).hex == expected)
        #expect(HMAC.sha1(message, key: key).hex == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
    }

    @Test func `a file hashes like its bytes`() async throws {
        try await withTemporaryDirectory { directory in
            let bytes = [UInt8](repeating: 7, count: 700_001)
            try Data(bytes).write(to: URL(filePath: directory + "/file"))
            let digest = try await FileDigest.compute(path: directory + "/file")
            #expect(digest.sha256 == SHA256.digest(of: bytes))
            #expect(digest.bytes == 700_001)
        }
    }

    @Test func `a missing file is named`() async {
        await #expect { try await FileDigest.compute(path: "/nowhere/file") } throws: {
            ($0 as? CryptographyError)?.code == .unreadableFile && "\($0)".contains("/nowhere/file")
        }
    }

    @Test func `equal in constant time means equal`() {
        #expect(ConstantTime.equal("secret", "secret"))
        #expect(!ConstantTime.equal("secret", "secreT"))
        #expect(!ConstantTime.equal("secret", "secret "))
        #expect(ConstantTime.equal("", ""))
    }

    @Test func `random bytes differ`() {
        #expect(RandomBytes.generate(32).count == 32)
        #expect(RandomBytes.generate(32) != RandomBytes.generate(32))
    }

    @Test func `random numbers for names differ, whoever takes them`() async {
        let numbers = await withTaskGroup { group in
            for _ in 0..<4 { group.addTask { (0..<500).map { _ in RandomStock.shared.next() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(numbers).count == 2_000)
    }
}
