import EventLoops

/// Runs OpenSSL's test server with a fresh certificate for 127.0.0.1.
package func withTLSServer<R: Sendable>(
    _ body: (_ port: String, _ certificate: String) async throws -> R
) async throws -> R {
    try await withTemporaryDirectory { directory in
        let loop = EventLoop(name: "tls")
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        let script = """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test \
            -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2> req.log || exit 1
            exec openssl s_server -accept 127.0.0.1:0 -www -key key.pem -cert cert.pem >&2
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
        let result: Result<R, any Error>
        do { result = .success(try await body(port, directory + "/cert.pem")) } catch { result = .failure(error) }
        await server.terminate(grace: .zero)
        await loop.shutdown()
        return try result.get()
    }
}
