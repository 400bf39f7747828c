import EventLoops
import JobModel
import Redis
import TestSupport
import Testing

@testable import JobQueue

/// A Redis in cluster mode refuses what it cannot place.
@Suite(.timeLimit(.minutes(1))) struct RedisClusterTests {
    @Test func `in a cluster every key of a queue lies in one slot, whatever is asked`() async throws {
        // The bus of a cluster has a port of its own even where clients come over a socket.
        let bus = "\(Int.random(in: 20_000..<32_000))"
        let arguments = ["--cluster-enabled", "yes", "--cluster-port", bus, "--bind", "127.0.0.1"]
        try await withRedis(arguments: arguments) { server, loop in
            let address = try RedisAddress(url: server.url)
            let redis = RedisConnection(on: loop, to: address)
            try await redis.send(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])
            while try await redis.send(["CLUSTER", "INFO"]).text?.contains("cluster_state:ok") != true {
                try await loop.sleep(for: .milliseconds(50))
            }
            let index = try RedisDispatchIndex(queue: "invoices", at: address, on: loop)
            try await use(index)
            let keys = try await redis.send(["KEYS", "*"]).array?.compactMap(\.text) ?? []
            let slots = try await redis.pipeline(keys.map { ["CLUSTER", "KEYSLOT", RedisArgument($0)] })
            #expect(keys.count >= 12 && keys.allSatisfy { $0.hasPrefix("cpa:{invoices}:") })
            #expect(Set(slots).count == 1)
            await index.close()
            await redis.close()
        }
    }

    /// Everything an index can be asked, so that every kind of key is there at the end.
    private func use(_ index: RedisDispatchIndex) async throws {
        let limited = TenantPolicy(concurrency: 1, rate: .init(count: 1, period: .seconds(3600), burst: 2))
        try await index.apply(DispatchPolicy(tenants: ["limited": limited]))
        let long = Set((0..<9).map { "capability\($0)" })
        try await index.enqueue([
            .job("a"), .job("b", needs: long), .job("c", of: "limited"), .job("d", of: "limited"), .job("e"),
            .job("later", notBefore: DispatchClock.system.now() + 3_600_000),
        ])
        let leases = try await index.claim(
            upTo: 3,
            worker: "w",
            capabilities: long,
            lease: .seconds(60),
            wait: .zero
        )
        #expect(leases.count == 3)
        _ = try await index.heartbeat(leases, lease: .seconds(60))
        try await index.requestCancel(leases[0].job)
        _ = try await index.standing(of: "later")
        _ = try await index.missing(among: ["a", "nobody"])
        try await index.finish(leases[0])
        let brief = try await index.claim(worker: "w", capabilities: long, lease: .zero, wait: .zero)
        #expect(brief != nil)
        let lost = try await index.expired(limit: 10)
        #expect(lost == [brief].compactMap(\.self))
        try await index.remove(["a", "e"])
    }
}
