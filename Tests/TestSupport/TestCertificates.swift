import EventLoops

/// Certificates and keys OpenSSL's own program has just made, in a directory of their own.
package struct TestCertificates: Sendable {
    /// Password of `locked.pfx`, `old.pfx` and `locked.pem`.
    package static let password = "geheim 1"

    /// RSA: `both.pem`, `cert.pem`, `key.pem`, `locked.pem`, `open.pfx`, `locked.pfx`, and by RC2-40 `old.pfx`; P-256:
    /// `elliptic.pem`; `foreign.pem` has a certificate that is not the key's.
    package let directory: String
    /// SHA-256 of the RSA certificate, as OpenSSL prints it: upper-case hexadecimal without colons.
    package let fingerprint: String

    /// Runs a test with fresh ones.
    package static func with<R>(_ body: (TestCertificates) async throws -> R) async throws -> R {
        try await withTemporaryDirectory { directory in
            let made = try await runScript(
                """
                set -e
                openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=cpa -keyout key.pem -out cert.pem 2>req.log
                openssl req -x509 -newkey rsa:2048 -nodes -days 3 -subj /CN=other -keyout k2.pem -out c2.pem 2>req.log
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3 -subj /CN=ec \
                  -keyout ke.pem -out ce.pem 2>req.log
                cat c2.pem cert.pem key.pem > both.pem
                cat c2.pem key.pem > foreign.pem
                cat ce.pem ke.pem > elliptic.pem
                openssl pkcs12 -export -in cert.pem -inkey key.pem -passout pass: -out open.pfx
                openssl pkcs12 -export -in cert.pem -inkey key.pem -passout 'pass:\(password)' -out locked.pfx
                openssl pkcs12 -export -legacy -in cert.pem -inkey key.pem -passout 'pass:\(password)' -out old.pfx
                openssl rsa -in key.pem -aes256 -passout 'pass:\(password)' -out k3.pem 2>req.log
                cat k3.pem cert.pem > locked.pem
                openssl x509 -in cert.pem -pubkey -noout > public.pem
                openssl x509 -in cert.pem -noout -fingerprint -sha256 | tr -d : | sed 's/.*=//' >&2
                """,
                in: directory
            )
            guard made.exit == .exited(code: 0), let fingerprint = made.lines.last else {
                preconditionFailure("openssl made no certificates: \(made.lines)")
            }
            return try await body(TestCertificates(directory: directory, fingerprint: fingerprint))
        }
    }

    /// Whether OpenSSL's own program takes the signature in `signature.bin` of `message.bin` as PS256 of the RSA key.
    package func verifiesPS256() async throws -> Bool {
        let verified = try await runScript(
            """
            openssl dgst -sha256 -verify public.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 \
              -signature signature.bin message.bin >&2
            """,
            in: directory
        )
        return verified.exit == .exited(code: 0)
    }
}
