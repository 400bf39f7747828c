import EventLoops
import TestSupport
import Testing

@testable import BrowserAutomation

/// Names, passwords, proxies and certificates.
@Suite(.timeLimit(.minutes(2)), .retried) struct AuthorityTests {
    private let limit = Duration.seconds(20)

    /// Asks for `anna:geheim`; counts nothing, keeps nothing.
    private func privateSite() -> ScriptedServer {
        ScriptedServer { peer in
            while case let head = peer.readHead(), !head.isEmpty {
                let isKnown = head.contains("Authorization: Basic YW5uYTpnZWhlaW0=")
                let body = isKnown ? "<title>Private</title>" : "<title>Who are you?</title>"
                peer.write(
                    """
                    HTTP/1.1 \(isKnown ? "200 OK" : "401 Unauthorized")\r
                    WWW-Authenticate: Basic realm="private"\r
                    Content-Type: text/html\r
                    Content-Length: \(body.utf8.count)\r
                    \r
                    \(body)
                    """
                )
            }
        }
    }

    @Test func `a site that asks by HTTP gets name and password, once; another site does not`() async throws {
        let (site, other) = (privateSite(), privateSite())
        var options = PageOptions()
        let origin = "http://127.0.0.1:\(site.port)"
        options.credentials = HTTPCredentials(origin: origin, username: "anna", password: "geheim")
        try await withPage(options) { page, context in
            let result = try await page.goto(origin + "/", deadline: limit)
            #expect(result.status == 200)
            #expect(try await page.title(until: .now + limit) == "Private")
            let stranger = try await context.newPage()
            let refused = try await stranger.goto("http://127.0.0.1:\(other.port)/", deadline: limit)
            #expect(refused.status == 401)
        }
        options.credentials?.password = "falsch"
        try await withPage(options) { page, _ in
            let refused = try await page.goto(origin + "/", deadline: limit)
            #expect(refused.status == 401)
        }
    }

    @Test func `proxies and their passwords are those of one context alone (case 100)`() async throws {
        // What came with which password is told by the title.
        let proxy = ScriptedServer { peer in
            while case let head = peer.readHead(), !head.isEmpty {
                let line = head.prefix { $0 != "\r" }
                let known = ["one": "b25lOjE=", "two": "dHdvOjI="].first {
                    head.contains("Proxy-Authorization: Basic \($0.value)")
                }
                let body = "<title>\(known?.key ?? "nobody") \(line.contains("http://portal.invalid/"))</title>"
                peer.write(
                    """
                    HTTP/1.1 \(known == nil ? "407 Proxy Authentication Required" : "200 OK")\r
                    Proxy-Authenticate: Basic realm="proxy"\r
                    Content-Type: text/html\r
                    Content-Length: \(body.utf8.count)\r
                    \r
                    \(body)
                    """
                )
            }
        }
        let server = "http://127.0.0.1:\(proxy.port)"
        try await withBrowser { browser in
            for (name, password) in [("one", "1"), ("two", "2")] {
                var options = PageOptions()
                options.proxy = ProxySettings(server: server, username: name, password: password)
                let context = try await browser.newContext(options)
                let page = try await context.newPage()
                try await page.goto("http://portal.invalid/", deadline: limit)
                #expect(try await page.title(until: .now + limit) == "\(name) true")
            }
            let plain = try await browser.newContext().newPage()
            let error = await failure { try await plain.goto("http://portal.invalid/", deadline: limit) }
            #expect(error?.code == .navigationFailed)
        }
    }

    @Test func `a job's proxy comes with a context of its own from the pool`() async throws {
        let proxy = ScriptedServer { peer in
            while case let head = peer.readHead(), !head.isEmpty {
                peer.write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 18\r\n\r\n<title>Via</title>")
            }
        }
        let loop = EventLoop(name: "pool")
        let pool = BrowserPool(on: [loop])
        var options = PageOptions()
        options.proxy = ProxySettings(server: "127.0.0.1:\(proxy.port)")
        let lease = try await pool.lease(options)
        try await lease.page.goto("http://portal.invalid/", deadline: limit)
        #expect(try await lease.page.title(until: .now + limit) == "Via")
        await pool.giveBack(lease)
        await pool.close()
        await loop.shutdown()
    }

    @Test func `a certificate nobody vouches for is an error that says so, unless it is to be ignored`() async throws {
        try await withTLSServer { port, _ in
            let address = "https://127.0.0.1:\(port)/"
            try await withPage { page, _ in
                let error = await failure { try await page.goto(address, deadline: limit) }
                #expect(error?.code == .navigationFailed)
                #expect(error?.message.contains("not from a trusted authority") == true)
                #expect(error?.message.contains("ERR_CERT_AUTHORITY_INVALID") == true)
            }
            var options = PageOptions()
            options.ignoresCertificateErrors = true
            try await withPage(options) { page, _ in
                let result = try await page.goto(address, deadline: limit)
                #expect(result.status == 200)
            }
        }
    }
}
