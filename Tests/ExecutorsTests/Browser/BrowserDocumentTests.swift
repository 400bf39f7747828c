import BrowserAutomation
import EventLoops
import Executors
import HTTPServer
import JSON
import JobModel
import JobQueue
import NetworkPolicy
import Security
import TestSupport
import Testing

@testable import JobWorker

/// What docs/browser.md promises, run as a worker runs it, in a real browser.
@Suite(.documentSite, .timeLimit(.minutes(5)), .retried) struct BrowserDocumentTests {
    @Test func `the document has scenarios, each with a name of its own`() {
        let names = DocumentScenario.all.map(\.name)
        #expect(names.count >= 10)
        #expect(Set(names).count == names.count, "\(names)")
        #expect(!names.contains { $0.hasPrefix("unnamed") }, "\(names)")
    }

    @Test(arguments: DocumentScenario.all)
    func `a scenario of the document does what it says`(document: DocumentScenario) async throws {
        let (pool, _, variables) = try #require(DocumentSite.current)
        let end = try await DocumentSite.run(try document.scenario(variables), pool: pool)
        if let failure = document.failure {
            #expect(end.type == .failure)
            #expect(end.payload["reason"]?.string == failure.rawValue, "\(JSONValue.object(end.payload).text(.pretty))")
        } else {
            #expect(end.type == .done, "\(JSONValue.object(end.payload).text(.pretty))")
        }
    }
}

/// Secrets scenarios of the document name.
private struct DocumentSecrets: SecretSource {
    func secret(_ name: String, tenant: TenantID) -> String? {
        // The key of the test vectors of RFC 6238 for one-time passwords, anything for others.
        name.hasPrefix("totp_") ? "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" : "geheim-\(name)"
    }
}

/// One pool for the suite, and what the document's scenarios call `site`, `secure_site` and `proxy`.
struct DocumentSite: SuiteTrait, TestScoping {
    @TaskLocal static var current: (pool: BrowserPool, site: String, variables: JSONObject)?

    /// Runs a scenario as a worker runs it; the message its job ended with.
    static func run(_ scenario: Scenario, pool: BrowserPool) async throws -> LAMMessage {
        let scheduler = DocumentScheduler(scenario.json)
        let loop = EventLoop(name: "worker")
        try await withTemporaryDirectory { directory in
            var services = WorkerServices(
                registry: ExecutorRegistry([BrowserExecutor(contexts: pool, allowsScripts: true), FileExecutor()]),
                link: scheduler,
                secrets: DocumentSecrets(),
                clock: .live(on: loop),
                directory: directory,
                logSink: MemoryLogSink()
            )
            // The site is on this machine.
            var network = EgressPolicy()
            network.allowsLoopback = true
            services.policies = PolicySource(Policies(standard: TenantPolicy(network: network)))
            let lease = Lease(job: JobID("doc"), tenant: .default, worker: WorkerID("w"), epoch: Epoch(1))
            let handler = LeaseHandler(lease: lease, services: services, parallelSteps: 4, patience: .seconds(30))
            #expect(await handler.handle(RunControl()))
        }
        await loop.shutdown()
        return try #require(scheduler.end)
    }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let loop = EventLoop(name: "documents")
        let listener = try await HTTPListener.start(on: loop, handler: PageSite())
        let pool = BrowserPool(on: [loop])
        await pool.open()
        let proxy = Self.proxy()
        let site = "http://127.0.0.1:\(await listener.localPort)"
        let result: Result<Void, any Error>
        do {
            try await withTLSServer { port, _ in
                let variables: JSONObject = [
                    "site": .string(site), "secure_site": .string("https://127.0.0.1:\(port)"),
                    "proxy": .string("http://127.0.0.1:\(proxy.port)"),
                ]
                try await Self.$current.withValue((pool, site, variables)) { try await function() }
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await pool.close()
        await listener.close()
        await loop.shutdown()
        try result.get()
    }

    /// A proxy that wants a name and a password, and answers by itself.
    private static func proxy() -> ScriptedServer {
        ScriptedServer { peer in
            while case let head = peer.readHead(), !head.isEmpty {
                // job and geheim-proxy (RFC 7617).
                let isKnown = head.contains("Proxy-Authorization: Basic am9iOmdlaGVpbS1wcm94eQ==")
                let line = head.prefix { $0 != "\r" }.split(separator: " ").prefix(2).joined(separator: " ")
                let body = "<h1>\(line) for \(isKnown ? "job" : "nobody")</h1>"
                peer.write(
                    """
                    HTTP/1.1 \(isKnown ? "200 OK" : "407 Proxy Authentication Required")\r
                    Proxy-Authenticate: Basic realm="proxy"\r
                    Content-Type: text/html\r
                    Content-Length: \(body.utf8.count)\r
                    \r
                    \(body)
                    """
                )
            }
        }
    }
}

extension Trait where Self == DocumentSite {
    static var documentSite: DocumentSite { DocumentSite() }
}
