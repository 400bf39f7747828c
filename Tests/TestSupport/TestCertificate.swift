import EventLoops

/// A made-up authority and a server certificate of it for an address and localhost, as PEM files.
package struct TestCertificate: Sendable {
    /// What clients trust.
    package let authority: String
    /// What the server shows.
    package let certificate: String
    /// The server's key.
    package let key: String

    /// Makes them in `directory`, with names of their own.
    package static func make(in directory: String, for address: String = "127.0.0.1") async throws -> TestCertificate {
        let script = """
            set -e
            curve='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
            openssl req -x509 $curve -days 2 -subj '/CN=cpa test authority' -keyout ca.key -out ca.pem
            openssl req $curve -subj /CN=\(address) -keyout server.key -out server.csr
            echo 'subjectAltName=IP:\(address),DNS:localhost' > server.ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext \
                -out server.pem
            """
        let run = try await CommandRun.run("/bin/sh", ["-c", script], in: directory)
        guard run.isSuccess else { throw CommandRun.Failed(run) }
        return TestCertificate(
            authority: directory + "/ca.pem",
            certificate: directory + "/server.pem",
            key: directory + "/server.key"
        )
    }
}
