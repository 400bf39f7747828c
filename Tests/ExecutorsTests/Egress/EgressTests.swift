import BrowserAutomation
import Executors
import JSON
import JobModel
import NetworkPolicy
import Synchronization
import TestSupport
import Testing

/// Whether pages stay where their tenant may go: real Chromium, canaries on this machine's addresses.
@Suite(.serialized, .timeLimit(.minutes(4)), .retried)
struct EgressTests {
    private static let limit = Duration.seconds(20)

    /// Every way of writing this machine that Chromium understands.
    private static let spellings = [
        "127.0.0.1", "127.0.0.2", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1",
        "127.0.1", "0",
        "0.0.0.0", "①②⑦.0.0.1", "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "[::1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "localhost", "LOCALHOST", "localhost.", "foo.localhost",
        "127.0.0.1.",
    ]

    private func visit(_ address: String, _ page: PageSession) async -> BrowserError? {
        do {
            try await page.goto(address, deadline: Self.limit)
            return nil
        } catch {
            return error as? BrowserError
        }
    }

    @Test func `no spelling of this machine's addresses reaches it`() async throws {
        try await GuardedBrowser.with { browser in
            try await browser.withPage { lease in
                for host in Self.spellings {
                    let error = await visit("http://\(host):\(browser.canary.port)/x", lease.page)
                    #expect(error?.code == .navigationFailed, "\(host)")
                }
                for scheme in ["https", "ws"] {
                    _ = await visit("\(scheme)://127.0.0.1:\(browser.canary.port)/x", lease.page)
                }
                let rules = Set(lease.context.door?.problems(since: 0).compactMap(\.rule) ?? [])
                #expect(rules == ["loopback"])
            }
            #expect(browser.canary.connections == 0)
        }
    }

    @Test func `without the proxy all of them do`() async throws {
        try await GuardedBrowser.with(isGuarded: false) { browser in
            try await browser.withPage { lease in
                var reached = 0
                for host in Self.spellings {
                    let error = await visit("http://\(host):\(browser.canary.port)/x", lease.page)
                    reached += error == nil ? 1 : 0
                }
                #expect(reached >= Self.spellings.count - 1)
                #expect(browser.canary.connections > 0)
            }
        }
    }

    @Test func `a redirect leads nowhere its target may not be opened`() async throws {
        try await GuardedBrowser.with { browser in
            try await browser.withPage { lease in
                for hops in [0, 1, 4, 9] {
                    let error = await visit("http://\(browser.site)/hop?\(hops)", lease.page)
                    #expect(error?.code == .navigationFailed, "\(hops) hops")
                }
                for target in ["file:///etc/hostname", "data:text/html,x", "http://[::1]:\(browser.canary.port)/"] {
                    #expect(await visit("http://\(browser.site)/to?\(target)", lease.page) != nil, "\(target)")
                }
            }
            #expect(browser.canary.connections == 0)
        }
        try await GuardedBrowser.with(isGuarded: false) { browser in
            try await browser.withPage { lease in
                #expect(await visit("http://\(browser.site)/hop?9", lease.page) == nil)
            }
            #expect(browser.canary.paths == ["redirect"])
        }
    }

    private func openSinks(_ browser: GuardedBrowser, _ page: PageSession) async throws {
        try await page.goto("http://\(browser.site)/sinks", deadline: Self.limit)
        var condition = PageCondition()
        condition.title = TextMatch(.exact, "done")
        try await page.waitFor(condition, until: .now + Self.limit)
    }

    @Test func `no way a page has to load something leads out`() async throws {
        try await GuardedBrowser.with { browser in
            try await browser.withPage { lease in
                try await openSinks(browser, lease.page)
                let rules = Set(lease.context.door?.problems(since: 0).compactMap(\.rule) ?? [])
                #expect(rules == ["loopback"])
            }
            #expect(browser.canary.connections == 0, "\(browser.canary.paths)")
            #expect(browser.canary.countDatagrams() == 0)
        }
    }

    @Test func `without the proxy every one of them does`() async throws {
        try await GuardedBrowser.with(isGuarded: false) { browser in
            try await browser.withPage { lease in
                try await openSinks(browser, lease.page)
                let missing = await browser.canary.missing(of: Sinks.names, within: Self.limit)
                #expect(missing == [], "a way that nobody goes proves nothing")
            }
            #expect(browser.canary.countDatagrams() > 0)
        }
    }

    /// Orders that arrive when the connection breaks before the first is answered.
    private func orders(isGuarded: Bool) async throws -> Int {
        let orders = Mutex(0)
        // The page and its form on one connection: only on such a one Chromium tries again.
        let server = ScriptedServer { peer in
            while case let head = peer.readHead(), !head.isEmpty {
                if head.hasPrefix("POST") {
                    orders.withLock { $0 += 1 }
                    return peer.reset()
                }
                let page =
                    "<form method=post action=/order></form><script>onload = () => document.forms[0].submit()</script>"
                peer.write(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)"
                )
            }
        }
        try await GuardedBrowser.with(isGuarded: isGuarded, { $0.allowsLoopback = true }) { browser in
            try await browser.withPage { lease in
                try await lease.page.goto("http://127.0.0.1:\(server.port)/form", deadline: Self.limit)
                // Whatever is tried is over when there is a page that says so.
                var condition = PageCondition()
                condition.url = TextMatch(.regex, "chrome-error|/order$")
                try await lease.page.waitFor(condition, until: .now + Self.limit)
            }
        }
        return orders.withLock { $0 }
    }

    @Test func `a form is sent once, though its connection breaks before it is answered`() async throws {
        #expect(try await orders(isGuarded: true) == 1)
    }

    @Test func `without the proxy Chromium sends it again by itself`() async throws {
        #expect(try await orders(isGuarded: false) > 1)
    }

    @Test func `our own ports are closed even where this machine is open`() async throws {
        try await GuardedBrowser.with({ $0.allowsLoopback = true }) { browser in
            browser.own.add(port: browser.canary.port)
            try await browser.withPage { lease in
                let debugger = try #require(lease.context.browser.debuggerAddress)
                #expect(await visit(debugger + "/json/version", lease.page)?.code == .navigationFailed)
                #expect(await visit("http://127.0.0.1:\(browser.canary.port)/", lease.page)?.code == .navigationFailed)
                #expect(lease.context.door?.problems(since: 0).allSatisfy { $0.rule == "own_port" } == true)
            }
            #expect(browser.canary.connections == 0)
        }
    }

    @Test func `a step says which rule kept it, and the job hears of it`() async throws {
        try await GuardedBrowser.with { browser in
            let (denials, denied) = AsyncStream.makeStream(of: PolicyDenial.self)
            try await withTemporaryDirectory { directory in
                let job = JobContext(
                    job: "j1",
                    tenant: .default,
                    workspace: JobWorkspace(directory: directory),
                    denied: { denied.yield($0) }
                )
                let session = try await BrowserExecutor(contexts: browser.pool).openSession(for: job)
                let scenarioJob = BrowserJob(
                    session: session,
                    workspace: JobWorkspace(directory: directory),
                    portal: ""
                )
                let away = "http://localhost:\(browser.canary.port)/"
                for url in [away, "http://\(browser.site)/to?\(away)"] {
                    let failure = await scenarioJob.failure(.goto, within: .seconds(15), with: ["url": .string(url)])
                    #expect(failure?.reason == .policyDenied)
                    #expect(failure?.message.contains("rule 'loopback'") == true, "\(failure?.message ?? "")")
                    #expect(failure?.isRetryable == false)
                }
                for url in ["file:///etc/passwd", "chrome://version", "http://a:b@example.com/", "view-source:\(away)"]
                {
                    let failure = await scenarioJob.failure(.goto, with: ["url": .string(url)])
                    #expect(failure?.reason == .policyDenied, "\(url)")
                    #expect(failure?.message.contains("a:b") == false)
                }
                let closed = await scenarioJob.failure(
                    .goto,
                    within: .seconds(15),
                    with: ["url": "http://nowhere.invalid/"]
                )
                #expect(closed?.reason == .navigationFailed)
                #expect(closed?.message.contains("no such host") == true, "\(closed?.message ?? "")")
                await session.close()
            }
            denied.finish()
            var rules: Set<String> = []
            for await denial in denials { rules.insert(denial.rule) }
            #expect(rules == ["loopback"])
            #expect(browser.canary.connections == 0)
        }
    }
}
