import EventLoops
import TestSupport
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct CertificateTests {
    @Test func `only a certificate that the named authorities vouch for, and for that host, is accepted`() async throws
    {
        try await withTLSServer { port, certificate, transport in
            var request = HTTPClientRequest(method: "GET", url: "https://127.0.0.1:\(port)/")
            await #expect { _ = try await transport.execute(request) } throws: {
                ($0 as? HTTPClientError)?.code == .tls
            }
            request.certificateAuthorities = certificate
            let response = try await transport.execute(request)
            #expect(response.status == 200)
            // The certificate names the address, not this name of it.
            request.url = "https://localhost:\(port)/"
            await #expect { _ = try await transport.execute(request) } throws: {
                ($0 as? HTTPClientError)?.code == .tls && ($0 as? HTTPClientError)?.mayHaveBeenSent == false
            }
        }
    }
}

/// Runs OpenSSL's test server with a fresh certificate for 127.0.0.1.
private func withTLSServer(_ body: (_ port: String, _ certificate: String, CurlTransport) async throws -> Void)
    async throws
{
    try await withTemporaryDirectory { directory in
        let loop = EventLoop(name: "test")
        let transport = CurlTransport(on: loop)
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let script = """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test \
            -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2> req.log || exit 1
            exec openssl s_server -accept 127.0.0.1:0 -naccept 9 -www -key key.pem -cert cert.pem >&2
            """
        let server = try await ChildProcess.start(
            on: loop,
            ChildProcessConfiguration(
                executable: "/bin/sh",
                arguments: ["-c", script],
                environment: ["PATH": "/usr/bin:/bin"],
                workingDirectory: directory
            ),
            output: .init(line: { continuation.yield($0) })
        )
        let line = await lines.first { $0.hasPrefix("ACCEPT ") }
        let port = String(line?.split(separator: ":").last ?? "")
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(port, directory + "/cert.pem", transport))
        } catch {
            result = .failure(error)
        }
        await server.terminate(grace: .zero)
        await transport.shutdown()
        await loop.shutdown()
        try result.get()
    }
}
