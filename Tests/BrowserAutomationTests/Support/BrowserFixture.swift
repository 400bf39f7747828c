import EventLoops
import Testing

@testable import BrowserAutomation

/// A browser of the test's own, closed with its loop whatever happens.
func withBrowser<R: Sendable>(
    _ configuration: BrowserConfiguration = .init(),
    _ body: (Browser) async throws -> R
) async throws -> R {
    let loop = EventLoop(name: "browser")
    let browser = try await Browser.launch(on: loop, configuration)
    let result: Result<R, any Error>
    do { result = .success(try await body(browser)) } catch { result = .failure(error) }
    await browser.close()
    await loop.shutdown()
    return try result.get()
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
