import Cryptography
import FoundationEssentials
import TestSupport
import Testing

@Suite struct ClientCertificateTests {
    private static func read(_ directory: String, _ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(directory)/\(name)")))
    }

    @Test func `PEM and PKCS 12 give the same certificate, whose signature OpenSSL verifies`() async throws {
        try await TestCertificates.with { made in
            for (name, password) in [
                ("both.pem", nil), ("locked.pem", TestCertificates.password), ("open.pfx", nil),
                ("locked.pfx", TestCertificates.password),
            ] {
                let certificate = try ClientCertificate(try Self.read(made.directory, name), password: password)
                #expect(certificate.thumbprint.hex.uppercased() == made.fingerprint, "\(name)")
                let message = Array("what \(name) signs".utf8)
                let signature = try certificate.signPS256(message)
                try Data(message).write(to: URL(filePath: made.directory + "/message.bin"))
                try Data(signature).write(to: URL(filePath: made.directory + "/signature.bin"))
                #expect(try await made.verifiesPS256(), "\(name)")
                let left = Double(certificate.notAfter) - Date().timeIntervalSince1970
                #expect((29 * 86_400.0...31 * 86_400.0).contains(left))
            }
            // The check itself can fail.
            try Data("something else".utf8).write(to: URL(filePath: made.directory + "/message.bin"))
            #expect(try await !made.verifiesPS256())
        }
    }

    @Test func `a certificate alone is read from its text, which need not outlive the call`() async throws {
        try await TestCertificates.with { made in
            let text = try Self.read(made.directory, "cert.pem")
            for _ in 0..<200 {
                let certificate = try X509Certificate(pem: Array(text))
                #expect(SHA256.digest(of: certificate.bytes).hex.uppercased() == made.fingerprint)
            }
            #expect(throws: CryptographyError.self) { try X509Certificate(pem: Array("no certificate".utf8)) }
        }
    }

    @Test func `a file that cannot be used says what is wrong with it`() async throws {
        try await TestCertificates.with { made in
            for (name, password, words) in [
                ("locked.pem", "wrong", "no private key that the password opens"),
                ("locked.pem", nil, "no private key that the password opens"),
                ("cert.pem", nil, "no private key"), ("foreign.pem", nil, "belongs to its private key"),
                ("key.pem", nil, "belongs to its private key"), ("locked.pfx", "wrong", "does not open it"),
                ("old.pfx", TestCertificates.password, "no longer safe"),
                ("old.pfx", TestCertificates.password, "make a new one with AES-256"),
                ("old.pfx", "wrong", "does not open it"), ("elliptic.pem", nil, "not RSA"),
                ("req.log", nil, "neither PEM nor PKCS #12"),
            ] {
                do {
                    let certificate = try ClientCertificate(try Self.read(made.directory, name), password: password)
                    Issue.record("\(name) was taken: \(certificate.notAfter)")
                } catch {
                    let error = try #require(error as? CryptographyError)
                    #expect(error.code == .invalidKey)
                    #expect(error.message.contains(words), "\(name): \(error.message)")
                }
            }
        }
    }
}
