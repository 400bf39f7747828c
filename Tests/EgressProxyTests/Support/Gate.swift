import EventLoops
import NetworkPolicy
import Synchronization
import TestSupport

@testable import EgressProxy

/// A slot with rules of the test's own, and what it denied.
final class Gate: Sendable {
    let loop = EventLoop(name: "egress")
    let names = FakeResolver()
    let own = OwnEndpoints()
    let proxy: EgressProxy
    let denials = Mutex<[EgressDenial]>([])

    init(users: Set<UInt32>? = nil) { proxy = EgressProxy(on: loop, resolver: names, own: own, users: users) }

    func slot(upstream: UpstreamProxy? = nil, _ change: (inout EgressPolicy) -> Void = { _ in }) async throws
        -> EgressSlot
    {
        var policy = EgressPolicy()
        change(&policy)
        let slot = try await proxy.openSlot()
        await slot.bind(
            EgressBinding(tenant: "default", job: "j1", policy: { [policy] in policy }, upstream: upstream) {
                [weak self] in
                self?.denials.withLock { [denial = $0] in $0.append(denial) }
            }
        )
        return slot
    }

    var rules: [EgressDenial.Rule] { denials.withLock { $0.map(\.rule) } }

    func client(_ slot: EgressSlot) async throws -> RawClient { try await RawClient(on: loop, port: await slot.port) }
}

/// Addresses as a test wants them; each list answers once, the last one for ever.
final class FakeResolver: NameResolver {
    private let answers = Mutex<[String: [[String]]]>([:])
    let asked = Mutex<[String]>([])

    func set(_ name: String, _ lists: [String]...) { answers.withLock { $0[name] = lists } }

    func addresses(of name: String) async -> [IPAddress] {
        asked.withLock { $0.append(name) }
        let list = answers.withLock { answers -> [String] in
            guard let lists = answers[name], let first = lists.first else { return [] }
            if lists.count > 1 { answers[name] = Array(lists.dropFirst()) }
            return first
        }
        return list.compactMap { IPAddress($0) }
    }
}
