import HTTPClient
import JSON
import JobModel
import JobScheduler

/// Agents by HTTP, as the seeds have them: `POST {agent}/tasks`, `GET {agent}/health`.
struct HTTPAgentCaller: AgentCaller {
    private static let answerLimit = 1 << 20

    let transport: any HTTPTransport

    func assign(_ message: LAMMessage, to endpoint: String) async -> AgentAnswer {
        let request = HTTPClientRequest(
            method: "POST",
            url: endpoint + "/tasks",
            headers: [("Content-Type", "application/json"), ("Accept", "application/json")],
            body: .bytes(message.json.serialized()),
            sink: .memory(limit: Self.answerLimit),
            connectTimeout: .seconds(3),
            timeout: .seconds(10)
        )
        do {
            let response = try await transport.execute(request)
            return .answered(status: response.status, body: (try? JSONValue(parsing: response.body))?.object)
        } catch let error as HTTPClientError {
            return error.mayHaveBeenSent ? .unknown(error.message) : .notSent(error.message)
        } catch { return .unknown("\(error)") }
    }

    func isHealthy(_ endpoint: String) async -> Bool {
        let request = HTTPClientRequest(
            method: "GET",
            url: endpoint + "/health",
            sink: .memory(limit: 64 << 10),
            connectTimeout: .seconds(2),
            timeout: .seconds(3)
        )
        return (try? await transport.execute(request)).map { (200..<300).contains($0.status) } ?? false
    }
}
