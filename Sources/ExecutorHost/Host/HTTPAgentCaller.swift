import HTTPClient
import JSON
import JobModel
import JobScheduler
import Security

/// Agents by HTTP, as the seeds have them: `POST {agent}/tasks`, `GET {agent}/health`; at addresses that policy allows.
///
/// Tasks are signed: whoever else reaches an agent's port must not have it work.
struct HTTPAgentCaller: AgentCaller {
    private static let answerLimit = 1 << 20

    let transport: any HTTPTransport
    /// Asked of each address that is connected to: a host the operator named may be led elsewhere by who answers for its name.
    let policy: any AddressPolicy
    let signer: WebhookSigner

    func assign(_ message: LAMMessage, to endpoint: String, of agent: AgentID) async -> AgentAnswer {
        let body = message.json.serialized()
        let time = SchedulerEnvironment.live.now() / 1_000
        let signature = signer.headers(id: message.id.rawValue, time: time, body: body, for: .agent(agent))
        var request = HTTPClientRequest(
            method: "POST",
            url: endpoint + "/tasks",
            headers: signature + [("Accept", "application/json")],
            body: .bytes(body),
            sink: .memory(limit: Self.answerLimit),
            connectTimeout: .seconds(3),
            timeout: .seconds(10)
        )
        request.permits = permits(endpoint)
        do {
            let response = try await transport.execute(request)
            return .answered(status: response.status, body: (try? JSONValue(parsing: response.body))?.object)
        } catch let error as HTTPClientError {
            return error.mayHaveBeenSent ? .unknown(error.message) : .notSent(error.message)
        } catch { return .unknown("\(error)") }
    }

    func refusal(of endpoint: String) -> String? {
        guard let place = WebhookAddress(endpoint) else {
            return "'\(endpoint.prefix(80))' is no address that can be called"
        }
        return policy.refusal(host: place.host, port: place.port, tenant: .default)
    }

    func problem(with endpoint: String) async -> String? {
        if let refusal = refusal(of: endpoint) { return refusal }
        var request = HTTPClientRequest(
            method: "GET",
            url: endpoint + "/health",
            sink: .memory(limit: 64 << 10),
            connectTimeout: .seconds(2),
            timeout: .seconds(3)
        )
        request.permits = permits(endpoint)
        do {
            let status = try await transport.execute(request).status
            return (200..<300).contains(status) ? nil : "\(request.url) answered \(status)"
        } catch let error as HTTPClientError {
            return error.message
        } catch { return "\(error)" }
    }

    private func permits(_ endpoint: String) -> @Sendable (_ address: String, _ port: Int) -> Bool {
        guard let place = WebhookAddress(endpoint) else { return { _, _ in false } }
        return { [policy] address, port in
            policy.refusal(host: place.host, port: port, address: address, tenant: .default) == nil
        }
    }
}
