import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried) struct DownloadTests {
    @Test func `a clicked file arrives whole under the name we gave it, hashed`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                try await withTemporaryDirectory { directory in
                    try await page.goto(site("/links"), deadline: .seconds(30))
                    let mark = await context.downloadCount
                    _ = try await page.evaluate("document.querySelector('#file').click()", deadline: .seconds(30))
                    let target = directory + "/invoice.bin"
                    let file = try await context.waitForDownload(after: mark, to: target, deadline: .seconds(30))
                    #expect(file.path == target)
                    #expect(file.bytes == 300_000)
                    #expect(file.sha256.count == 64)
                    #expect(!file.suggestedName.contains("/"), "\(file.suggestedName)")
                    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["invoice.bin"])
                    let attributes = try FileManager.default.attributesOfItem(atPath: target)
                    #expect(attributes[.posixPermissions] as? Int == 0o600)
                }
            }
        }
    }

    @Test func `a file that opens in a new window belongs to the context too`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                try await withTemporaryDirectory { directory in
                    try await page.goto(site("/links"), deadline: .seconds(30))
                    _ = try await page.evaluate("window.open('/file'); 0", deadline: .seconds(30))
                    let file = try await context.waitForDownload(after: 0, to: directory + "/f", deadline: .seconds(30))
                    #expect(file.bytes == 300_000)
                }
            }
        }
    }

    @Test func `closing a context with a download under way does not hang`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                _ = try await page.goto(site("/endless-file"), acceptsDownload: true, deadline: .seconds(30))
                let start = ContinuousClock.now
                await context.close()
                #expect(ContinuousClock.now - start < .seconds(30))
                await #expect(throws: BrowserError.self) {
                    _ = try await context.waitForDownload(after: 0, to: "/tmp/never", deadline: .seconds(60))
                }
            }
        }
    }

    @Test func `a download that breaks off fails with what arrived`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                _ = try await page.goto(site("/broken-file"), acceptsDownload: true, deadline: .seconds(30))
                let error = await #expect(throws: BrowserError.self) {
                    _ = try await context.waitForDownload(after: 0, to: "/tmp/never", deadline: .seconds(30))
                }
                #expect(error?.code == .downloadFailed, "\(String(describing: error))")
            }
        }
    }

    /// A server whose first answer is cut after 3 of 10 bytes.
    private static func cutting(
        _ head: String = "",
        then answer: @escaping @Sendable (_ request: String, _ peer: ScriptedServer.Peer) -> Void
    ) -> ScriptedServer {
        let requests = Mutex(0)
        return ScriptedServer { peer in
            let request = peer.readHead()
            let number = requests.withLock { count in
                count += 1
                return count
            }
            guard number == 1 else { return answer(request, peer) }
            peer.write(
                "HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n\(head)"
                    + "Content-Length: 10\r\n\r\n%PD"
            )
        }
    }

    @Test func `another answer does not take the place of a file that was cut`() async throws {
        let server = Self.cutting { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 10\r\n\r\n<p>used up")
        }
        try await withPage { page, context in
            let url = "http://127.0.0.1:\(server.port)/once"
            _ = try? await page.goto(url, acceptsDownload: true, deadline: .seconds(30))
            let error = await #expect(throws: BrowserError.self) {
                _ = try await context.waitForDownload(after: 0, to: "/tmp/never", deadline: .seconds(30))
            }
            #expect(error?.code == .downloadFailed, "\(String(describing: error))")
        }
    }

    @Test func `a file that was cut goes on where its server can say that it is still the same`() async throws {
        let server = Self.cutting("ETag: \"a\"\r\nAccept-Ranges: bytes\r\n") { request, peer in
            guard request.contains("Range: bytes=3-"), request.contains("If-Range: \"a\"") else { return }
            peer.write(
                "HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes 3-9/10\r\n"
                    + "Content-Length: 7\r\n\r\nF-1.7\r\n"
            )
        }
        try await withTemporaryDirectory { directory in
            try await withPage { page, context in
                let url = "http://127.0.0.1:\(server.port)/file"
                _ = try? await page.goto(url, acceptsDownload: true, deadline: .seconds(30))
                let file = try await context.waitForDownload(
                    after: 0,
                    to: "\(directory)/file",
                    deadline: .seconds(30)
                )
                #expect(file.bytes == 10)
                #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "%PDF-1.7\r\n")
            }
        }
    }

    @Test func `a download larger than allowed is cancelled`() async throws {
        try await PageServer.with { site in
            try await withBrowser(BrowserConfiguration(maximumDownloadBytes: 1000)) { browser in
                let context = try await browser.newContext()
                let page = try await context.newPage()
                _ = try await page.goto(site("/file"), acceptsDownload: true, deadline: .seconds(30))
                let error = await #expect(throws: BrowserError.self) {
                    _ = try await context.waitForDownload(after: 0, to: "/tmp/never", deadline: .seconds(30))
                }
                #expect(error?.message.contains("larger than 1000 bytes") == true, "\(String(describing: error))")
            }
        }
    }

    @Test func `waiting for a download that never begins ends at the deadline`() async throws {
        try await withPage { _, context in
            let error = await #expect(throws: BrowserError.self) {
                _ = try await context.waitForDownload(after: 0, to: "/tmp/never", deadline: .milliseconds(100))
            }
            #expect(error?.code == .timeout)
        }
    }
}
