import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(3)), .retried) struct DownloadCaseTests {
    private let limit = Duration.seconds(20)

    private func withSite(
        _ configuration: BrowserConfiguration = .init(),
        _ body: (PageSession, BrowserContext, PageServer, String) async throws -> Void
    ) async throws {
        try await PageServer.with { site in
            try await withTemporaryDirectory { directory in
                try await withBrowser(configuration) { browser in
                    let context = try await browser.newContext()
                    try await body(try await context.newPage(), context, site, directory)
                }
            }
        }
    }

    @Test func `a navigation that turns into a file and a window that opens one both bring it (case 91)`() async throws
    {
        try await withSite { page, context, site, directory in
            let result = try await page.goto(site("/file"), acceptsDownload: true, deadline: limit)
            #expect(result.kind == .download)
            #expect(try await context.waitForDownload(after: 0, to: directory + "/a", deadline: limit).bytes == 300_000)
            try await page.goto(site("/links"), deadline: limit)
            let open = "document.querySelector('#file').target = '_blank', document.querySelector('#file').click()"
            _ = try await page.evaluate(open, deadline: limit)
            #expect(try await context.waitForDownload(after: 1, to: directory + "/b", deadline: limit).bytes == 300_000)
        }
    }

    @Test func `a context closes at once though a file is still coming; who waits for it hears so (case 92)`()
        async throws
    {
        try await withSite { page, context, site, directory in
            _ = try await page.goto(site("/endless-file"), acceptsDownload: true, deadline: limit)
            async let waiting = failure {
                try await context.waitForDownload(after: 0, to: directory + "/never", deadline: .seconds(60))
            }
            let began = ContinuousClock.now
            await context.close()
            #expect(ContinuousClock.now - began < .seconds(30))
            #expect([.pageClosed, .downloadFailed].contains(await waiting?.code))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
        }
    }

    @Test func `the file lies where it was wanted; a browser that dies is the reason when it does not (case 93)`()
        async throws
    {
        try await withSite { page, context, site, directory in
            _ = try await page.goto(site("/file"), acceptsDownload: true, deadline: limit)
            let file = try await context.waitForDownload(after: 0, to: directory + "/Rechnung 7.bin", deadline: limit)
            #expect(FileManager.default.contents(atPath: file.path)?.count == 300_000)
            _ = try await page.goto(site("/endless-file"), acceptsDownload: true, deadline: limit)
            async let waiting = failure {
                try await context.waitForDownload(after: 1, to: directory + "/never", deadline: .seconds(60))
            }
            await context.browser.kill()
            #expect(await waiting?.code == .browserCrashed)
        }
    }

    @Test func `files from scripts, data addresses, forms and several at a time`() async throws {
        try await withSite { page, context, site, directory in
            try await page.goto(site("/page"), deadline: limit)
            let script = """
                const link = (href, name) => {
                  const anchor = Object.assign(document.createElement('a'), { href, download: name });
                  document.body.append(anchor);
                  anchor.click();
                };
                link(URL.createObjectURL(new Blob(['from a blob'])), '../../blob.txt');
                link('data:text/plain,from%20data', 'data.txt');
                const form = Object.assign(document.createElement('form'), { method: 'POST', action: '/report' });
                document.body.append(form);
                form.submit();
                """
            _ = try await page.evaluate("(() => { \(script) })()", deadline: limit)
            var seen: [String: String] = [:]
            for number in 0..<3 {
                let path = "\(directory)/\(number)"
                let file = try await context.waitForDownload(after: number, to: path, deadline: limit)
                #expect(!file.suggestedName.contains("/"))
                seen[file.suggestedName] = String(
                    decoding: FileManager.default.contents(atPath: path) ?? Data(),
                    as: UTF8.self
                )
            }
            #expect(seen.values.sorted() == ["a;b", "from a blob", "from data"])
            #expect(seen["report.csv"] == "a;b")
        }
    }

    @Test func `the wait goes on while the page goes elsewhere`() async throws {
        try await withSite { page, context, site, directory in
            try await page.goto(site("/links"), deadline: limit)
            _ = try await page.evaluate("document.querySelector('#file').click(), 1", deadline: limit)
            async let file = context.waitForDownload(after: 0, to: directory + "/f", deadline: limit)
            // Before it began it is a navigation, which another one replaces.
            try await context.wait(until: .now + limit, for: "the download to begin") { context in
                context.downloads.count > 0 ? .success(()) : nil
            }
            try await page.goto(site("/page"), deadline: limit)
            try await page.goto(html("<p>gone"), deadline: limit)
            #expect(try await file.bytes == 300_000)
        }
    }

    @Test func `a file of a frame of another site belongs to the page, also when the frame is gone`() async throws {
        try await withSite(BrowserConfiguration(extraArguments: ["--site-per-process"])) {
            page,
            context,
            site,
            directory in
            try await page.goto(site("/page"), deadline: limit)
            let other = site.address.replacing("127.0.0.1", with: "localhost")
            let script = """
                (() => {
                  const frame = Object.assign(document.createElement('iframe'), { src: '\(other)/script-file' });
                  document.body.append(frame);
                })()
                """
            _ = try await page.evaluate(script, deadline: limit)
            #expect(try await context.waitForDownload(after: 0, to: directory + "/f", deadline: limit).bytes == 300_000)
        }
    }

    @Test func `a file larger than the task takes is an error that says how large it may be`() async throws {
        try await withSite { page, context, site, directory in
            _ = try await page.goto(site("/file"), acceptsDownload: true, deadline: limit)
            let error = await failure {
                try await context.waitForDownload(after: 0, to: directory + "/f", maximumBytes: 1000, deadline: limit)
            }
            #expect(error?.code == .downloadFailed)
            #expect(error?.message.contains("larger than 1000 bytes") == true)
        }
    }
}
