import EventLoops
import FoundationEssentials
import JSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension EndToEnd {
    /// `cpa screenshot`: one command, a browser of its own.
    @Suite(.timeLimit(.minutes(1)), .retried) struct ScreenshotTests {
        @Test func `makes a picture and a print of a file, and nothing of what does not open`() async throws {
            try await Desk.with { desk in
                let page = try desk.write("<h1>Rechnung</h1><div style='height:3000px'>", as: "seite mit ä.html")
                for (name, beginning) in [("a.png", [0x89, 0x50]), ("a.pdf", [0x25, 0x50])] as [(String, [UInt8])] {
                    let file = "\(desk.directory)/\(name)"
                    let run = try await desk.run("cpa", ["screenshot", page, "-o", file, "--full-page", "--json"])
                    #expect(run.exit == .exited(code: 0), "\(run.text)")
                    #expect(run.objects.first?["path"]?.string == file)
                    #expect(FileManager.default.contents(atPath: file)?.starts(with: beginning) == true)
                }
                let file = "\(desk.directory)/b.png"
                let missing = try await desk.run("cpa", ["screenshot", "http://127.0.0.1:8/", "-o", file])
                #expect(missing.exit == .exited(code: 1))
                // As the proxy tells it; to Chromium it looks as if a server had hung up.
                let reason = "Cannot open http://127.0.0.1:8/: 127.0.0.1:8 refused: nothing listens there"
                #expect(missing.errors.contains(reason), "\(missing.text)")
                #expect(!FileManager.default.fileExists(atPath: file))
            }
        }

        @Test func `one that is interrupted leaves nothing of its browser`() async throws {
            let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
            let silent = ScriptedServer { peer in
                if !peer.readHead().isEmpty { continuation.yield() }
                _ = peer.read(1)
            }
            try await Desk.with { desk in
                let scratch = desk.directory + "/scratch"
                try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: false)
                // Its own /tmp, so that only its browser has a directory there.
                let own = #"mount --bind "$0" /tmp && exec "$@""#
                let process = try await ChildProcess.start(
                    on: desk.loop,
                    ChildProcessConfiguration(
                        executable: "/usr/bin/unshare",
                        arguments: [
                            "--mount", "/bin/sh", "-c", own, scratch, Desk.products + "/cpa", "screenshot",
                            "http://127.0.0.1:\(silent.port)/", "-o", "/dev/null",
                        ],
                        environment: ["PATH": "/usr/bin:/bin"]
                    )
                )
                for await _ in asked { break }
                #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).count == 1)
                await process.signal(SIGINT)
                #expect(await process.waitForExit() == .exited(code: 130))
                #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).isEmpty)
            }
        }
    }
}
