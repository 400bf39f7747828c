import Cryptography
import EventLoops
import TestSupport

@testable import HTTPServer

/// A `TestServer` that speaks TLS, with what clients need.
struct TLSServer {
    let server: TestServer
    let certificate: TestCertificate
    let port: Int

    static func with(
        _ settings: HTTPListenerSettings = HTTPListenerSettings(),
        routes: [HTTPRoute] = [],
        _ body: (TLSServer) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let certificate = try await TestCertificate.make(in: directory)
            var settings = settings
            settings.tls = try TLSServerContext(certificateFile: certificate.certificate, keyFile: certificate.key)
            try await TestServer.with(settings, routes: routes) { server in
                let port = await server.listener.localPort
                try await body(TLSServer(server: server, certificate: certificate, port: port))
            }
        }
    }

    func curl(_ arguments: String...) async throws -> CommandRun {
        try await CommandRun.run("/usr/bin/curl", ["-sS", "--cacert", certificate.authority] + arguments)
    }

    /// OpenSSL's own client; `input` is shell text that feeds it.
    func sClient(_ arguments: String, input: String = ":") async throws -> CommandRun {
        let command =
            "(\(input)) | timeout 10 openssl s_client -connect 127.0.0.1:\(port) -CAfile \(certificate.authority) \(arguments)"
        return try await CommandRun.run("/bin/sh", ["-c", command])
    }

    /// Runs Python with `connect()`, which gives an SSL socket whose end without close_notify is an error.
    func python(_ body: String) async throws -> CommandRun {
        let prelude = """
            from socket import create_connection
            from ssl import create_default_context
            def connect():
                context = create_default_context(cafile="\(certificate.authority)")
                context.set_alpn_protocols(["http/1.1"])
                raw = create_connection(("127.0.0.1", \(port)), timeout=60)
                return context.wrap_socket(raw, server_hostname="127.0.0.1", suppress_ragged_eofs=False)

            """
        return try await CommandRun.run("/usr/bin/python3", ["-c", prelude + body])
    }

    /// Returns when no connection is open any more.
    func settle() async {
        while await server.listener.connectionCount > 0 { await Task.yield() }
    }
}
