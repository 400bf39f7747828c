import EventLoops
import Glibc
import Testing

@testable import BrowserAutomation

/// A browser of the test's own, closed with its loop whatever happens.
func withBrowser<R: Sendable>(
    _ configuration: BrowserConfiguration = .init(),
    _ body: (Browser) async throws -> R
) async throws -> R {
    await BrowserSlots.shared.take()
    defer { Task { await BrowserSlots.shared.giveBack() } }
    let loop = EventLoop(name: "browser")
    let browser = try await Browser.launch(on: loop, configuration)
    let result: Result<R, any Error>
    do { result = .success(try await body(browser)) } catch { result = .failure(error) }
    await browser.close()
    #expect(kill(-browser.processID, 0) == -1, "a closed browser leaves no process")
    #expect(access(browser.directory.path, F_OK) == -1, "a closed browser leaves no directory")
    await loop.shutdown()
    return try result.get()
}

/// Tests run side by side; more browsers at once than this only wait for the processor.
private actor BrowserSlots {
    static let shared = BrowserSlots()
    private var free = 4
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// A page in a context and a browser of the test's own.
func withPage<R: Sendable>(
    _ options: PageOptions = .init(),
    _ body: (PageSession, BrowserContext) async throws -> R
) async throws -> R {
    try await withBrowser { browser in
        let context = try await browser.newContext(options)
        let page = try await context.newPage()
        return try await body(page, context)
    }
}

/// An address whose document is this HTML.
func html(_ source: String) -> String {
    var address = "data:text/html;charset=utf-8,"
    for byte in source.utf8 {
        let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        if isPlain {
            address.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            let hex = String(byte, radix: 16, uppercase: true)
            address += "%" + (hex.count == 1 ? "0" + hex : hex)
        }
    }
    return address
}
