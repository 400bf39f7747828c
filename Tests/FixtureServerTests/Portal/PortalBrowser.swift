import EventLoops
import HTTPServer
import Synchronization
import Testing

@testable import FixtureServer

/// A browser without a window: follows redirects, keeps cookies, finds form tokens.
final class PortalBrowser: Sendable {
    struct Page: Sendable {
        let status: Int
        let path: String
        let headers: HTTPFields
        let bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
        /// The token of the page's forms.
        var csrf: String {
            text.split(separator: "name=\"csrf\" content=\"").dropFirst().first.map { String($0.prefix { $0 != "\"" }) }
                ?? ""
        }
    }

    let portal: Portal
    private let cookies = Mutex<[String: String]>([:])

    /// Runs a test with a fresh portal.
    static func run(
        _ configure: (inout PortalConfiguration) -> Void = { _ in },
        _ body: (PortalBrowser) async throws -> Void
    ) async throws {
        let loop = EventLoop(name: "portal-test")
        var configuration = PortalConfiguration(slowness: .milliseconds(1))
        configure(&configuration)
        try await body(PortalBrowser(configuration, on: loop))
        await loop.shutdown()
    }

    private init(_ configuration: PortalConfiguration, on loop: EventLoop) {
        let clock = Clock()
        var configuration = configuration
        configuration.now = { clock.now.withLock { $0 } }
        portal = Portal(configuration, on: loop)
        self.clock = clock
    }

    private final class Clock: Sendable {
        let now = Mutex<Int64>(1_795_000_000_000)
    }
    private let clock: Clock

    func wait(milliseconds: Int64) { clock.now.withLock { $0 += milliseconds } }
    func cookie(_ name: String) -> String? { cookies.withLock { $0[name] } }
    func setCookie(_ name: String, _ value: String) { cookies.withLock { $0[name] = value } }

    func get(_ path: String) async throws -> Page { try await request("GET", path, body: nil, csrf: nil) }

    func post(_ path: String, _ body: String, csrf: String? = nil) async throws -> Page {
        try await request("POST", path, body: body, csrf: csrf)
    }

    /// Fills in the login form and follows where it leads.
    @discardableResult
    func login(password: String = "demo-passwort") async throws -> Page {
        let form = try await get("/login")
        return try await post("/login", "csrf=\(form.csrf)&user=buchhaltung&password=\(password)")
    }

    private func request(_ method: String, _ target: String, body: String?, csrf: String?) async throws -> Page {
        let halves = target.split(separator: "?", maxSplits: 1)
        var headers: HTTPFields = ["Host": "portal.test"]
        let jar = cookies.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }
        if !jar.isEmpty { headers.append("Cookie", jar.joined(separator: "; ")) }
        if let csrf { headers.append("X-CSRF-Token", csrf) }
        let pieces = Pieces(body.map { Array($0.utf8) } ?? [])
        let response = try await portal.respond(
            to: HTTPRequest(
                method: method,
                path: String(halves[0]),
                query: halves.count > 1 ? String(halves[1]) : nil,
                headers: headers,
                body: HTTPRequestBody(length: body?.utf8.count ?? 0) { pieces.next() }
            )
        )
        for cookie in response.headers.values("Set-Cookie") {
            let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            cookies.withLock { $0[String(pair[0])] = String(pair[1]) }
        }
        if response.status == 303, let location = response.headers["Location"] { return try await get(location) }
        guard case .bytes(let bytes) = response.body else { throw CancellationError() }
        return Page(status: response.status, path: target, headers: response.headers, bytes: bytes)
    }

    private final class Pieces: Sendable {
        private let bytes: Mutex<[UInt8]?>
        init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes.isEmpty ? nil : bytes) }
        func next() -> [UInt8]? {
            bytes.withLock { bytes in
                defer { bytes = nil }
                return bytes
            }
        }
    }
}
