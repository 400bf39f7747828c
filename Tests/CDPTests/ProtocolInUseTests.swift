import BrowserAutomation
import CDPProtocol
import EventLoops
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import CDP

/// Holds the generated protocol against the one the installed Chromium speaks.
@Suite(.timeLimit(.minutes(1)), .retried) struct ProtocolInUseTests {
    /// Every method named in the generated sources.
    private static func methods() throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let directory = root.appending(path: "Sources/CDPProtocol/Generated").path
        return try FileManager.default.contentsOfDirectory(atPath: directory).flatMap { name in
            let source = String(decoding: try Data(contentsOf: URL(filePath: "\(directory)/\(name)")), as: UTF8.self)
            return source.split(separator: "\n").filter { $0.contains("static let method = \"") }
                .compactMap { $0.split(separator: "\"").dropFirst().first.map(String.init) }
        }
    }

    @Test func `every command in use is known to the installed Chromium`() async throws {
        let loop = EventLoop(name: "browser")
        let browser = try await Browser.launch(on: loop)
        let known = try await Self.document(of: browser)
        let methods = try Self.methods()
        #expect(methods.count > 80)
        let missing = methods.filter { !known.contains($0) }
        #expect(missing.isEmpty, "run tools/generate-cdp; Chromium no longer has \(missing)")
        await browser.close()
        await loop.shutdown()
    }

    /// All methods of `/json/protocol`, fetched by a page of the browser itself.
    private static func document(of browser: Browser) async throws -> Set<String> {
        let context = try await browser.newContext()
        let page = try await context.newPage()
        let url = try #require(browser.debuggerAddress) + "/json/protocol"
        try await page.goto(url, waitUntil: .load, deadline: .seconds(20))
        let text = try await page.evaluate("document.body.innerText", deadline: .seconds(20)).string ?? ""
        let document = try JSONValue(parsing: Array(text.utf8), options: .trustedPeer)
        var methods: Set<String> = []
        for domain in document["domains"]?.array ?? [] {
            let messages = (domain["commands"]?.array ?? []) + (domain["events"]?.array ?? [])
            for message in messages {
                methods.insert("\(domain["domain"]?.string ?? "").\(message["name"]?.string ?? "")")
            }
        }
        return methods
    }

    @Test func `an unknown word is kept, an unknown member ignored, an optional one of the wrong type absent`() throws {
        let value: JSONValue = [
            "frameId": "F", "url": "u", "reason": "teleportation", "disposition": "newHologram", "extra": ["deep": 1],
        ]
        let event = try PageDomain.FrameRequestedNavigationEvent(from: value)
        #expect(event.reason.rawValue == "teleportation")
        #expect(event.disposition != .currentTab)

        let reply = try PageDomain.Navigate.Reply(from: ["frameId": "F", "loaderId": 7])
        #expect(reply.loaderID == nil)
        #expect(throws: CDPDecodingError(path: "frameId")) { try PageDomain.Navigate.Reply(from: ["url": "u"]) }
    }

    @Test func `absent parameters are left out, present ones have their wire names`() {
        let plain = PageDomain.Navigate(url: "http://a/")
        #expect(plain.parameters == ["url": "http://a/"])
        let mouse = InputDomain.DispatchMouseEvent(type: .mousePressed, x: 1.5, y: 2, button: .left, clickCount: 1)
        #expect(
            JSONValue.object(mouse.parameters)
                == ["type": "mousePressed", "x": 1.5, "y": 2.0, "button": "left", "clickCount": 1]
        )
    }
}
