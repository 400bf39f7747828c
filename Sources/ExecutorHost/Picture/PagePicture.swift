import BrowserAutomation
import Cryptography
import EventLoops
import FoundationEssentials
import JSON
import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// One picture or print of one page by a browser of its own.
struct PagePicture: Sendable {
    /// A file that was written.
    struct Written: Sendable {
        var path: String
        var bytes: Int

        var json: JSONObject { ["path": .string(path), "bytes": JSONValue(bytes)] }
    }

    private let order: ScreenshotOrder
    private let configuration: Configuration

    init(_ order: ScreenshotOrder, _ configuration: Configuration) {
        self.order = order
        self.configuration = configuration
    }

    /// Writes the files; nothing is left of them when that fails.
    ///
    /// - Throws: `HostError` with the words of the browser.
    func take() async throws -> [Written] {
        let loop = EventLoop(name: "cpa-browser")
        let result: Result<[Written], any Error>
        do {
            var settings = WorkShop.browser(configuration)
            settings.gate = try Guards(configuration, allowsLoopback: true, logger: .silent).gate
            let browser = try await Browser.launch(on: loop, settings)
            do { result = .success(try await take(with: browser)) } catch { result = .failure(error) }
            await browser.close()
        } catch {
            result = .failure(error)
        }
        await loop.shutdown()
        do {
            return try result.get()
        } catch let error as BrowserError {
            let isOurs = [.browserMissing, .sandboxUnavailable, .browserCrashed].contains(error.code)
            throw HostError(isOurs ? .unavailable : .failed, error.message)
        } catch let error as EventLoopError {
            throw HostError(.failed, error.message)
        }
    }

    private func take(with browser: Browser) async throws -> [Written] {
        let end = ContinuousClock.now + order.timeout
        let viewport = PageOptions.Viewport(
            width: order.viewport.width,
            height: order.viewport.height,
            scale: order.scale
        )
        let context = try await browser.newContext(PageOptions(viewport: viewport))
        do {
            return try await take(with: browser, in: context, until: end)
        } catch let error as BrowserError {
            // What the proxy knows, where Chromium can but guess.
            let problem = context.door?.problems(since: 0).last
            guard let sentence = problem?.sentence(insteadOf: error.message) else { throw error }
            throw BrowserError(error.code, sentence)
        }
    }

    private func take(
        with browser: Browser,
        in context: BrowserContext,
        until end: ContinuousClock.Instant
    ) async throws -> [Written] {
        let page = try await context.newPage()
        let staged = try await open(page, browser, until: end)
        for wait in order.waits { try await perform(wait, on: page, until: end) }
        // Beside the result, so that it can be renamed into its place.
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let files: [String]
        if order.isPDF {
            files = ["\(directory)/page.pdf"]
            try await page.pdf(to: files[0], until: end)
        } else {
            files = try await page.picture(of: order.selector, order.picture, in: directory, until: end).picture.paths
        }
        if let staged { await browser.discardUploads(staged) }
        return try files.enumerated().map { index, file in try place(file, number: files.count > 1 ? index + 1 : nil) }
    }

    /// A file is shown from a copy the browser's user may read; its directory is to be discarded.
    private func open(_ page: PageSession, _ browser: Browser, until end: ContinuousClock.Instant) async throws
        -> String?
    {
        switch order.page {
        case .address(let url):
            try await page.goto(url, deadline: end - .now)
            return nil
        case .file(let path):
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let staged = try await browser.stageUploads([UploadSource(name: name, .file(path: path))])
            try await page.goto(Self.fileAddress(staged.paths[0]), deadline: end - .now)
            return staged.directory
        }
    }

    private func perform(_ wait: ScreenshotOrder.Wait, on page: PageSession, until end: ContinuousClock.Instant)
        async throws
    {
        var condition = PageCondition()
        switch wait {
        case .pause(let time): return try await Task.sleep(for: min(time, max(end - .now, .zero)))
        case .state(let state): condition.loadState = state
        case .element(let selector):
            condition.selector = selector
            condition.state = "visible"
        }
        try await page.waitFor(condition, until: end)
    }

    // MARK: Files

    private static func fileAddress(_ path: String) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        return "file://" + segments.map { PercentCoding.encode(String($0)) }.joined(separator: "/")
    }

    private func temporaryDirectory() throws -> String {
        let parent = order.fileName.lastIndex(of: "/").map { String(order.fileName[...$0]) } ?? "./"
        var template = Array("\(parent).cpa-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw HostError(.failed, "cannot write to \(parent): \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func place(_ file: String, number: Int?) throws -> Written {
        var path = order.fileName
        if let number, let dot = path.lastIndex(of: ".") { path.insert(contentsOf: "-\(number)", at: dot) }
        // As any program's output: what the user's mask allows.
        let mask = umask(0)
        umask(mask)
        chmod(file, 0o666 & ~mask)
        guard rename(file, path) == 0 else {
            throw HostError(.failed, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        var status = stat()
        stat(path, &status)
        return Written(path: path, bytes: Int(status.st_size))
    }
}
