import HTTPClient
import JobModel
import JobScheduler
import Security

/// Makes webhook calls by libcurl, to addresses that policy allows.
struct WebhookCaller: WebhookTransport {
    private let transport: CurlTransport
    private let policy: any AddressPolicy
    /// `host:port` that may be called without encryption: within the operator's own network.
    private let plain: Set<String>

    init(_ transport: CurlTransport, policy: any AddressPolicy, plain: [String]) {
        self.transport = transport
        self.policy = policy
        self.plain = Set(plain.map { $0.lowercased() })
    }

    func refusal(of address: WebhookAddress, tenant: TenantID) -> String? {
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host.lowercased()
        let place = "\(host):\(address.port)"
        guard address.isEncrypted || plain.contains(place) else {
            return
                "must begin with https://; the operator can allow \(place) without: webhook_allow (CPA_WEBHOOK_ALLOW)"
        }
        return policy.refusal(host: address.host, port: address.port, tenant: tenant).map { "cannot be called: \($0)" }
    }

    func post(_ call: WebhookRequest) async throws -> WebhookAnswer {
        guard let address = WebhookAddress(call.url) else {
            throw HostError(.problem, "'\(call.url.prefix(200))' is no address that can be called")
        }
        var request = HTTPClientRequest(
            method: "POST",
            url: call.url,
            headers: call.headers,
            body: .bytes(call.body),
            sink: .nowhere,
            timeout: .seconds(30)
        )
        request.permits = { [policy] numeric, port in
            policy.refusal(host: address.host, port: port, address: numeric, tenant: call.tenant) == nil
        }
        let response = try await transport.execute(request)
        let wait = response.headers.first { $0.name.lowercased() == "retry-after" }.flatMap { Int64($0.value) }
        return WebhookAnswer(status: response.status, retryAfter: wait.map { .seconds(max(0, min($0, 86_400))) })
    }
}
