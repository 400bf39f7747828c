import BrowserAutomation
import EgressProxy
import EventLoops
import Executors
import HTTPServer
import NetworkPolicy
import TestSupport
import Testing

/// A browser of a service with its proxy, a site that is open, and a canary that is not.
struct GuardedBrowser {
    let pool: BrowserPool
    let canary: Canary
    /// `127.0.0.1:<port>` of the site.
    let site: String
    let own: OwnEndpoints

    /// - Parameter isGuarded: false for the positive control: the same without the proxy.
    static func with(
        isGuarded: Bool = true,
        _ change: @escaping @Sendable (inout EgressPolicy) -> Void = { _ in },
        _ body: (GuardedBrowser) async throws -> Void
    ) async throws {
        let (loop, network) = (EventLoop(name: "browser"), EventLoop(name: "egress"))
        let canary = try await Canary.start(on: network)
        let site = try await HTTPListener.start(on: network, handler: HostileSite(canary: canary.port))
        let place = "127.0.0.1:\(await site.localPort)"
        let own = OwnEndpoints()
        var configuration = BrowserConfiguration()
        if isGuarded {
            configuration.gate = EgressGate(
                EgressProxy(on: network, own: own, users: [BrowserConfiguration.User.automatic.id])
            ) { _ in
                var policy = EgressPolicy()
                policy.openings = [Opening(place)].compactMap(\.self)
                change(&policy)
                return policy
            }
        }
        let pool = BrowserPool(on: [loop], configuration)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(GuardedBrowser(pool: pool, canary: canary, site: place, own: own)))
        } catch {
            result = .failure(error)
        }
        await pool.close()
        await site.drain(within: .seconds(1))
        await site.close()
        await canary.close()
        await loop.shutdown()
        await network.shutdown()
        try result.get()
    }

    /// A page of a job.
    func withPage(_ body: (BrowserPool.Lease) async throws -> Void) async throws {
        let lease = try await pool.lease(owner: NetworkOwner(tenant: "default", job: "j1"))
        let result: Result<Void, any Error>
        do { result = .success(try await body(lease)) } catch { result = .failure(error) }
        await pool.giveBack(lease)
        try result.get()
    }
}

/// A site that wants its visitors elsewhere.
private struct HostileSite: HTTPHandler {
    let canary: Int

    func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        let target = "http://127.0.0.2:\(canary)"
        switch request.path {
        case "/sinks": return .html(Sinks.page(target: target, canary: canary))
        case "/download": return .html(Sinks.download(target: target))
        case "/sw.js":
            let script =
                "self.addEventListener('install', (e) => e.waitUntil(fetch('\(target)/sw', {mode: 'no-cors'}).catch(() => 0)))"
            return .bytes(Array(script.utf8), type: "text/javascript")
        case "/to": return HTTPResponse(status: 302, headers: ["Location": request.query ?? ""])
        default:
            // /hop?n: n more hops here, then away.
            let left = Int(request.query ?? "") ?? 0
            let next = left > 0 ? "/hop?\(left - 1)" : "\(target)/redirect"
            return HTTPResponse(status: [301, 302, 303, 307, 308][left % 5], headers: ["Location": next])
        }
    }
}
