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
@Suite(.documentSite, .timeLimit(.minutes(5))) struct BrowserDocumentTests {
    @Test func `the document has scenarios, each with a name of its own`() {
        let names = DocumentScenario.all.map(\.name)
        #expect(names.count >= 10)
        #expect(Set(names).count == names.count, "\(names)")
        #expect(!names.contains { $0.hasPrefix("unnamed") }, "\(names)")
    }

    @Test(arguments: DocumentScenario.all)
    func `a scenario of the document does what it says`(document: DocumentScenario) async throws {
        let (pool, site) = try #require(DocumentSite.current)
        let end = try await DocumentSite.run(try document.scenario(site: site), pool: pool)
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

/// One pool and one site for the suite.
struct DocumentSite: SuiteTrait, TestScoping {
    @TaskLocal static var current: (pool: BrowserPool, site: String)?

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
            let handler = LeaseHandler(lease: lease, services: services, parallelSteps: 4)
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
        let current = (pool, "http://127.0.0.1:\(await listener.localPort)")
        let result: Result<Void, any Error>
        do {
            result = .success(try await Self.$current.withValue(current) { try await function() })
        } catch {
            result = .failure(error)
        }
        await pool.close()
        await listener.close()
        await loop.shutdown()
        try result.get()
    }
}

extension Trait where Self == DocumentSite {
    static var documentSite: DocumentSite { DocumentSite() }
}
