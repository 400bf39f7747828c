import HTTPServer
import TestSupport
import Testing

@testable import BrowserAutomation

/// Two web sites of one server, each with processes of its own: any HTML at any address, beside the pages of `PageSite`.
struct TwoSites: HTTPHandler {
    private let pages = PageSite()

    func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        guard request.path.hasPrefix("/html/") else { return try await pages.respond(to: request) }
        let digits = Array(request.path.dropFirst(6))
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0..<$0 + 2]), radix: 16)
        }
        return .bytes(bytes, type: "text/html; charset=utf-8")
    }

    static func path(_ html: String) -> String {
        "/html/" + html.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension Trait where Self == SharedBrowser {
    /// A browser that gives every site a process of its own.
    static var isolatedSites: SharedBrowser {
        SharedBrowser(
            configuration: BrowserConfiguration(extraArguments: ["--site-per-process"]),
            handler: TwoSites()
        )
    }
}

extension TestPage {
    /// An address of the first site that shows this HTML.
    func here(_ html: String) -> String { site + TwoSites.path(html) }

    /// An address of the other site, which has another process.
    func there(_ html: String) -> String { otherSite + TwoSites.path(html) }

    var otherSite: String { site.replacing("127.0.0.1", with: "localhost") }

    func open(_ html: String) async throws {
        try await session.goto(here(html), waitUntil: .load, deadline: .seconds(30))
    }

    /// How many frames have a process of their own.
    var processes: Int { get async { await session.frameSessions.count } }
}
