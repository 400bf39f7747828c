import EventLoops
import FoundationEssentials
import JSON
import TestSupport
import Testing

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
    }
}
