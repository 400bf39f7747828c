import HTTPClient
import JSON
import JobModel
import Synchronization

/// What a worker asks of a scheduler on another machine, and what it makes of the answers.
final class SchedulerRequests: Sendable {
    private static let messageTimeout = Duration.seconds(15)
    private static let answerLimit = 64 << 20

    private let transport: any HTTPTransport
    private let base: String
    private let key: String
    private let certificateAuthorities: String?
    private let isOfOneMessage = Atomic(false)

    /// - Parameter base: without a slash at its end.
    init(transport: any HTTPTransport, base: String, key: String, certificateAuthorities: String?) {
        self.transport = transport
        self.base = base
        self.key = key
        self.certificateAuthorities = certificateAuthorities
    }

    // MARK: Messages

    /// Whether the scheduler is of a version that takes one message a request; known when it was sent several.
    var takesOneAtATime: Bool { isOfOneMessage.load(ordering: .relaxed) }

    /// Sends one message; returns its acknowledgement.
    ///
    /// - Throws: as `SchedulerLink.send`.
    func send(_ message: [UInt8]) async throws -> JSONObject { try await post(message, to: "/lam/message") }

    /// Sends messages in one request; returns what became of each.
    func send(_ messages: [[UInt8]]) async -> [Result<JSONObject, any Error>] {
        do {
            if messages.count == 1 { return [.success(try await send(messages[0]))] }
            return try await sendTogether(messages)
        } catch let refusal as SchedulerRefusal where messages.count > 1 && [404, 405].contains(refusal.status) {
            isOfOneMessage.store(true, ordering: .relaxed)
            let error = SchedulerUnavailable(message: "\(base) takes one message at a time", retryAfter: .zero)
            return messages.map { _ in .failure(error) }
        } catch {
            return messages.map { _ in .failure(error) }
        }
    }

    private func sendTogether(_ messages: [[UInt8]]) async throws -> [Result<JSONObject, any Error>] {
        let results = try await post(Self.bundle(messages), to: "/lam/messages")["results"]?.array ?? []
        guard results.count == messages.count else {
            throw SchedulerUnavailable(message: "\(base) answered \(results.count) of \(messages.count) messages")
        }
        return results.map { result in
            Result {
                if let answer = result["answer"]?.object { return answer }
                throw error(status: result["status"]?.int ?? 500, result, result["retry_after"]?.int, of: "POST")
            }
        }
    }

    private static func bundle(_ messages: [[UInt8]]) -> [UInt8] {
        var body = Array("{\"messages\":[".utf8)
        body.reserveCapacity(messages.reduce(32) { $0 + $1.count + 1 })
        for (index, message) in messages.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += message
        }
        body += "]}".utf8
        return body
    }

    private func post(_ body: [UInt8], to path: String) async throws -> JSONObject {
        var request = request("POST", path, timeout: Self.messageTimeout)
        request.headers.append(("Content-Type", "application/json"))
        request.body = .bytes(body)
        let response = try await execute(request)
        guard let object = (try? JSONValue(parsing: response.body))?.object else {
            throw SchedulerUnavailable(message: "\(base) answered something that is no JSON object")
        }
        return object
    }

    // MARK: Requests

    /// A request with the key.
    func request(_ method: String, _ path: String, timeout: Duration) -> HTTPClientRequest {
        HTTPClientRequest(
            method: method,
            url: base + path,
            headers: [("X-API-Key", key), ("Accept", "application/json, application/problem+json")],
            sink: .memory(limit: Self.answerLimit),
            timeout: timeout,
            certificateAuthorities: certificateAuthorities
        )
    }

    /// The answer, when the scheduler did what was asked.
    ///
    /// - Throws: as `SchedulerLink.send`.
    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let response: HTTPClientResponse
        do {
            response = try await transport.execute(request)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw SchedulerUnavailable(message: "\(request.method) \(base): \(error)")
        }
        guard !(200..<300).contains(response.status) else { return response }
        let header = response.headers.first { $0.name.lowercased() == "retry-after" }
        throw error(
            status: response.status,
            try? JSONValue(parsing: response.body),
            header.flatMap { Int($0.value) },
            of: request.method
        )
    }

    // MARK: Problems

    /// Reads a problem (RFC 9457); `reason` is our reason code, `detail` the sentence.
    ///
    /// - Parameter retryAfter: seconds; a date is not asked of us by our own scheduler.
    private func error(status: Int, _ problem: JSONValue?, _ retryAfter: Int?, of method: String) -> any Error {
        switch status {
        case 408, 425, 429, 500..<507, 508...:
            return SchedulerUnavailable(
                message: "\(method) \(base): status \(status)",
                retryAfter: retryAfter.map { .seconds(min(max($0, 0), 60)) }
            )
        default: break
        }
        let word = problem?["reason"]?.string
        let detail = problem?["detail"]?.string ?? problem?["title"]?.string
        let reason: ReasonCode =
            switch (word.flatMap(ReasonCode.init(rawValue:)), status) {
            case (let known?, _): known
            case (nil, 401), (nil, 403): .policyDenied
            case (nil, 507): .storageFull
            default: .invalidInput
            }
        return SchedulerRefusal(
            status: status,
            reason: reason,
            message: detail ?? "The scheduler answered \(method) with status \(status)"
        )
    }
}
