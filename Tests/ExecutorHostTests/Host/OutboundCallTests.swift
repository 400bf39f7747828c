import Cryptography
import EventLoops
import HTTPClient
import HTTPServer
import JSON
import JobModel
import NetworkPolicy
import Security
import Synchronization
import Telemetry
import Testing

@testable import ExecutorHost
@testable import JobScheduler

/// What the service itself calls because a tenant named it, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct OutboundCallTests {
    /// Counts who comes.
    private final class Receiver: HTTPHandler {
        private let count = Mutex(0)
        private let last = Mutex<(headers: HTTPFields, body: [UInt8])>(([], []))
        var calls: Int { count.withLock { $0 } }
        /// What the last one brought.
        var received: (headers: HTTPFields, body: [UInt8]) { last.withLock { $0 } }

        func respond(to request: HTTPRequest) async throws -> HTTPResponse {
            let body = try await request.body.collect(upTo: 1 << 20)
            count.withLock { $0 += 1 }
            last.withLock { $0 = (request.headers, body) }
            return request.path == "/wordy"
                ? .html(String(repeating: "x", count: 200_000)) : HTTPResponse(status: 204)
        }
    }

    private static let assignment = LAMMessage(
        id: MessageID("m1"),
        timestamp: 0,
        type: .assign,
        sender: "agent://scheduler",
        to: ["agent://calc"],
        payload: ["capability": "calculator.add"]
    )

    private func withReceiver(
        _ body: (_ receiver: Receiver, _ port: Int, _ calls: CurlTransport) async throws -> Void
    ) async throws {
        let loop = EventLoop(name: "calls")
        let receiver = Receiver()
        let listener = try await HTTPListener.start(on: loop, handler: receiver)
        let transport = CurlTransport(on: loop)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(receiver, await listener.localPort, transport))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        await listener.close()
        await loop.shutdown()
        try result.get()
    }

    /// Calls a webhook; whether it was let out.
    private func calls(_ url: String, by caller: WebhookCaller) async throws -> Bool {
        do {
            _ = try await caller.post(WebhookRequest(tenant: .default, url: url, headers: [], body: [1]))
            return true
        } catch let error as HTTPClientError {
            #expect(error.code == .addressRefused, "\(error)")
            return false
        }
    }

    @Test func `a webhook goes where its tenant's pages may go, judged by the address it is connected to`() async throws
    {
        try await withReceiver { receiver, port, transport in
            let places = ["127.0.0.1:\(port)", "localhost:\(port)"]
            func caller(_ policy: EgressAddressPolicy) -> WebhookCaller {
                WebhookCaller(transport, policy: policy, plain: places)
            }
            let closed = caller(EgressAddressPolicy())
            for place in places {
                #expect(try await !calls("http://\(place)/hook", by: closed))
                let address = try #require(WebhookAddress("http://\(place)/hook"))
                #expect(closed.refusal(of: address, tenant: .default)?.contains("rule 'loopback'") == true)
            }
            #expect(receiver.calls == 0)
            let plain = try #require(WebhookAddress("http://desk.lan:8080/hook"))
            let refusal = closed.refusal(of: plain, tenant: .default)
            #expect(refusal?.hasSuffix("allow desk.lan:8080 without: webhook_allow (CPA_WEBHOOK_ALLOW)") == true)
            // The control: the same calls once the operator or the tenant's policy opens the place.
            var house = EgressPolicy()
            house.allowsLoopback = true
            let openings = places.compactMap { Opening($0) }
            for open in [EgressAddressPolicy(openings: openings), EgressAddressPolicy { [house] _ in house }] {
                for place in places { #expect(try await calls("http://\(place)/hook", by: caller(open))) }
            }
            #expect(receiver.calls == 4)
            let own = OwnEndpoints()
            own.add(port: port)
            let ours = caller(EgressAddressPolicy(openings: openings, own: own))
            for place in places { #expect(try await !calls("http://\(place)/hook", by: ours)) }
            #expect(receiver.calls == 4)
        }
    }

    @Test func `a receiver that answers at length has taken the call`() async throws {
        try await withReceiver { _, port, transport in
            let place = "127.0.0.1:\(port)"
            let policy = EgressAddressPolicy(openings: [try #require(Opening(place))])
            let caller = WebhookCaller(transport, policy: policy, plain: [place])
            let call = WebhookRequest(tenant: .default, url: "http://\(place)/wordy", headers: [], body: [1])
            #expect(try await caller.post(call).status == 200)
        }
    }

    @Test func `a task is signed for the agent it goes to`() async throws {
        try await withReceiver { receiver, port, transport in
            let signer = WebhookSigner(master: Array(repeating: 7, count: 32))
            let opening = try #require(Opening("127.0.0.1:\(port)"))
            let policy = EgressAddressPolicy(openings: [opening], own: OwnEndpoints())
            let caller = HTTPAgentCaller(transport: transport, policy: policy, signer: signer)
            _ = await caller.assign(Self.assignment, to: "http://127.0.0.1:\(port)", of: "a1")
            let (headers, body) = receiver.received
            // Checked the way an agent does it: with the text of the secret, from outside.
            let secret = try Base64.decode(String(signer.reveal(for: .agent("a1")).dropFirst("whsec_".count)))
            let time = try #require(headers["webhook-timestamp"])
            let signature = HMAC.sha256(Array("m1.\(time).".utf8) + body, key: secret)
            #expect(headers["webhook-id"] == "m1")
            #expect(headers["webhook-signature"] == "v1," + Base64.encode(signature.bytes))
            #expect(try JSONValue(parsing: body)["payload"]?["capability"] == "calculator.add")
        }
    }

    @Test func `an agent's endpoint is no way to ports of ours, whatever hosts the operator allows`() async throws {
        try await withReceiver { receiver, port, transport in
            let own = OwnEndpoints()
            let openings = ["127.0.0.1:*", "localhost:\(port)"].compactMap { Opening($0) }
            let caller = HTTPAgentCaller(
                transport: transport,
                policy: EgressAddressPolicy(openings: openings, own: own),
                signer: WebhookSigner(master: Array(repeating: 7, count: 32))
            )
            let endpoints = ["http://127.0.0.1:\(port)", "http://localhost:\(port)/agent"]
            for endpoint in endpoints {
                #expect(await caller.problem(with: endpoint) == nil)
                #expect(caller.refusal(of: endpoint) == nil)
                guard case .answered(status: 204, _) = await caller.assign(Self.assignment, to: endpoint, of: "a1")
                else {
                    Issue.record("\(endpoint) was not asked")
                    return
                }
            }
            #expect(receiver.calls == 4)
            own.add(port: port)
            for endpoint in endpoints {
                let refusal = caller.refusal(of: endpoint)
                #expect(refusal?.contains("a port of cpa itself; nothing opens it (rule 'own_port')") == true)
                #expect(await caller.problem(with: endpoint) == refusal)
                guard case .notSent = await caller.assign(Self.assignment, to: endpoint, of: "a1") else {
                    Issue.record("\(endpoint) was asked")
                    return
                }
            }
            #expect(receiver.calls == 4)
        }
    }

    @Test func `why an endpoint gives no sign of life is told`() async throws {
        try await withReceiver { _, port, transport in
            let caller = HTTPAgentCaller(
                transport: transport,
                policy: EgressAddressPolicy(openings: ["127.0.0.1:*", "169.254.169.254:*"].compactMap { Opening($0) }),
                signer: WebhookSigner(master: Array(repeating: 7, count: 32))
            )
            #expect(caller.refusal(of: "http://169.254.169.254")?.contains("rule 'metadata'") == true)
            #expect(await caller.problem(with: "http://127.0.0.1:1")?.contains("127.0.0.1") == true)
        }
    }

    @Test(arguments: [
        ("CPA_WEBHOOK_ALLOW", "hooks.lan", "webhook_allow"), ("CPA_WEBHOOK_ALLOW", "a b:1x", "webhook_allow"),
        ("CPA_AGENT_ENDPOINTS", "calc.lan:0", "agent_endpoints"),
    ])
    func `what is no place is named with its setting and a remedy`(
        variable: String,
        value: String,
        setting: String
    ) throws {
        let configuration = try Configuration(environment: [variable: value, "CPA_EGRESS_PROXY": "false"])
        let guards = try Guards(configuration, allowsLoopback: false, logger: .silent)
        let error = #expect(throws: HostError.self) {
            switch setting {
            case "webhook_allow": _ = try guards.addresses(opening: .webhookAllow, configuration)
            default: _ = try guards.addresses(of: .agentEndpoints, configuration)
            }
        }
        #expect(error?.message.contains(setting) == true && error?.message.contains("desk.lan:8443") == true)
    }
}
