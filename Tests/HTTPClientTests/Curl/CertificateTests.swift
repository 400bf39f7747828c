import EventLoops
import TestSupport
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct CertificateTests {
    @Test func `only a certificate that the named authorities vouch for, and for that host, is accepted`() async throws
    {
        try await withTransport { port, certificate, transport in
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

private func withTransport(_ body: (_ port: String, _ certificate: String, CurlTransport) async throws -> Void)
    async throws
{
    try await withTLSServer { port, certificate in
        let loop = EventLoop(name: "test")
        let transport = CurlTransport(on: loop)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(port, certificate, transport))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        await loop.shutdown()
        try result.get()
    }
}
