import BrowserAutomation
import EgressProxy
import EventLoops
import Executors
import JSON
import NetworkPolicy

/// What a figure is measured on: one loop, one browser, and its pool.
struct Stage: Sendable {
    let options: BenchOptions
    let loop: EventLoop
    let configuration: BrowserConfiguration
    let pool: BrowserPool

    init(_ options: BenchOptions) {
        self.options = options
        loop = EventLoop(name: "bench")
        var configuration = BrowserConfiguration(transport: options.transport)
        if options.hasProxy {
            var policy = EgressPolicy()
            policy.allowsLoopback = true
            configuration.gate = EgressGate(
                EgressProxy(on: EventLoop(name: "egress"), users: [BrowserConfiguration.User.automatic.id])
            ) { [policy] _ in policy }
        }
        self.configuration = configuration
        var settings = BrowserPoolSettings()
        settings.maximumJobs = max(settings.maximumJobs, options.parallel)
        settings.jobsBeforeRetirement = 1_000_000
        pool = BrowserPool(on: [loop], configuration, settings: settings)
    }

    func close() async {
        await pool.close()
    }

    /// A page in a context of its own, as a job gets it.
    func withPage<R: Sendable>(_ body: @escaping @Sendable (PageSession) async throws -> R) async throws -> R {
        try await Task(executorPreference: loop) {
            let lease = try await pool.lease()
            let result = try await body(lease.page)
            await pool.giveBack(lease)
            return result
        }.value
    }

    /// Milliseconds that each run of `body` took; the first ones pay for start-up and are left out.
    func times(warmUp: Int = 5, _ body: @escaping @Sendable () async throws -> Void) async throws -> [Double] {
        let clock = ContinuousClock()
        var times: [Double] = []
        for _ in 0..<(options.iterations + warmUp) {
            let start = clock.now
            try await body()
            times.append((clock.now - start) / .milliseconds(1))
        }
        return Array(times.dropFirst(warmUp))
    }
}

extension JSONObject {
    /// Runs, in milliseconds each.
    init(milliseconds times: [Double]) {
        self = ["ms": .array(times.map(JSONValue.number))]
    }
}
