import FoundationEssentials
import TestSupport
import Testing

@testable import Cryptography

@Suite struct TLSServerContextTests {
    @Test func `a certificate with its key is taken`() async throws {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            _ = try TLSServerContext(certificateFile: made.certificate, keyFile: made.key)
        }
    }

    @Test
    func `what is wrong with certificate or key is said with the file's name, and nobody is asked for a password`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let made = try await TestCertificate.make(in: directory)
            let script = """
                openssl ec -in server.key -aes128 -passout pass:x -out locked.key
                openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -out old.pem -days -1
                """
            _ = try await CommandRun.run("/bin/sh", ["-c", script], in: directory)
            let text = directory + "/text.pem"
            try Data("no PEM".utf8).write(to: URL(filePath: text))
            let cases: [(certificate: String, key: String, code: CryptographyError.Code, named: String)] = [
                (directory + "/none.pem", made.key, .unreadableFile, "none.pem"),
                (made.certificate, directory + "/none.key", .unreadableFile, "none.key"),
                (text, made.key, .invalidCertificate, "text.pem"), (made.certificate, text, .invalidKey, "text.pem"),
                (made.certificate, directory + "/ca.key", .invalidKey, "ca.key"),
                (made.certificate, directory + "/locked.key", .invalidKey, "locked.key"),
                (directory + "/old.pem", made.key, .invalidCertificate, "old.pem"),
            ]
            for (certificate, key, code, name) in cases {
                let error = #expect(throws: CryptographyError.self) {
                    _ = try TLSServerContext(certificateFile: certificate, keyFile: key)
                }
                #expect(error?.code == code, "\(name)")
                #expect(error?.message.contains(name) == true)
            }
        }
    }
}
