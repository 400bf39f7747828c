import Cryptography
import EventLoops
import FixtureServer
import FoundationEssentials
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// Programs of other makers against the fixture, over TLS: what they cannot tell from the service, we need not either.
    @Suite(.timeLimit(.minutes(5)), .retried) struct GraphClientTests {
        /// The first run puts the libraries into `.build/graph-clients`, from PyPI as the machine is set up for it.
        @Test func `Microsoft's SDK, its identity libraries and msal work the fixture unchanged`() async throws {
            try await withTemporaryDirectory { directory in
                let server = try await TestCertificate.make(in: directory)
                let application = try await CommandRun.run(
                    "/bin/sh",
                    [
                        "-c",
                        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=app -keyout app.key -out app.crt"
                            + " && cat app.crt app.key > app.pem",
                    ],
                    in: directory
                )
                try #require(application.isSuccess, "\(application.text)")
                let loop = EventLoop(name: "graph-clients")
                let fixtures = try await Fixtures.start(
                    on: loop,
                    tls: try TLSServerContext(certificateFile: server.certificate, keyFile: server.key)
                )
                let ready = directory + "/fixtures.json"
                try Fixtures.write(fixtures.description(), to: ready)
                let run = try await CommandRun.run(
                    Desk.package + "/tools/graph-clients",
                    [ready, server.authority, directory + "/app.pem"],
                    environment: ProcessInfo.processInfo.environment
                )
                #expect(run.isSuccess, "\(run.text)")
                #expect(run.text.hasSuffix("all as with the real service"), "\(run.text)")
                // What they wrote lies there as their makers meant it.
                let sent = await fixtures.graph.messages(of: "buero@kanzlei.example", in: "sentitems")
                #expect(sent.first?["attachments"]?.array?.count == 2)
                await fixtures.close()
                await loop.shutdown()
            }
        }
    }
}
