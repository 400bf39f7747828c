import HTTPClient
import JSON
import JobModel
import Synchronization
import Testing

@testable import JobWorker

/// Answers every request as the test says and keeps it.
private final class FakeTransport: HTTPTransport {
    private let answer: @Sendable (HTTPClientRequest) async throws -> HTTPClientResponse
    private let kept = Mutex<[HTTPClientRequest]>([])

    init(_ answer: @escaping @Sendable (HTTPClientRequest) async throws -> HTTPClientResponse) { self.answer = answer }

    convenience init(status: Int, headers: [(name: String, value: String)] = [], body: String = "{}") {
        self.init { _ in HTTPClientResponse(status: status, headers: headers, body: Array(body.utf8)) }
    }

    var requests: [HTTPClientRequest] { kept.withLock { $0 } }

    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        kept.withLock { $0.append(request) }
        return try await answer(request)
    }
}

private func message() -> LAMMessage {
    LAMMessage(
        id: "m1",
        timestamp: 0,
        type: .agree,
        sender: "agent://worker/w",
        to: ["agent://scheduler"],
        payload: ["job_id": "j1", "worker": "w"]
    )
}

private let artifact = Artifact(name: "Rechnung 1/ü.pdf", bytes: 3, sha256: "abc", contentType: "application/pdf")

@Suite struct HTTPSchedulerLinkTests {
    @Test func `a message is posted with the key and its acknowledgement read`() async throws {
        let transport = FakeTransport(status: 200, body: #"{"seq": 5}"#)
        let link = HTTPSchedulerLink(transport: transport, base: "https://s:8443/", key: "k")
        #expect(try await link.send(message()) == ["seq": 5])
        let request = try #require(transport.requests.first)
        #expect(request.method == "POST")
        #expect(request.url == "https://s:8443/lam/message")
        #expect(request.headers.contains { $0.name == "X-API-Key" && $0.value == "k" })
        guard case .bytes(let bytes) = request.body else { throw Unexpected() }
        #expect(try LAMMessage(parsing: bytes) == message())
    }

    @Test func `a problem becomes a refusal with its reason and sentence`() async throws {
        let body =
            #"{"status": 409, "code": "stale_epoch", "reason": "stale_epoch", "detail": "Another worker has it"}"#
        let link = HTTPSchedulerLink(transport: FakeTransport(status: 409, body: body), base: "http://s", key: "k")
        let refusal = await #expect(throws: SchedulerRefusal.self) { try await link.send(message()) }
        #expect(refusal?.reason == .staleEpoch)
        #expect(refusal?.message == "Another worker has it")
        #expect(refusal?.endsLease == true)
    }

    @Test(arguments: [(404, true), (400, false), (401, false), (413, false), (507, false)])
    func `a refusal without a problem is still one`(status: Int, endsLease: Bool) async throws {
        let link = HTTPSchedulerLink(
            transport: FakeTransport(status: status, body: "<html>"),
            base: "http://s",
            key: "k"
        )
        let refusal = await #expect(throws: SchedulerRefusal.self) { try await link.send(message()) }
        #expect(refusal?.status == status)
        #expect(refusal?.endsLease == endsLease)
    }

    @Test(arguments: [408, 429, 500, 502, 503, 504])
    func `an answer that may be another one later is not a refusal`(status: Int) async throws {
        let transport = FakeTransport(status: status, headers: [("Retry-After", "7")])
        let link = HTTPSchedulerLink(transport: transport, base: "http://s", key: "k")
        let error = await #expect(throws: SchedulerUnavailable.self) { try await link.send(message()) }
        #expect(error?.retryAfter == .seconds(7))
    }

    @Test(arguments: ["", "[]", "not json"])
    func `an answer that is no object counts as none`(body: String) async throws {
        let link = HTTPSchedulerLink(transport: FakeTransport(status: 200, body: body), base: "http://s", key: "k")
        await #expect(throws: SchedulerUnavailable.self) { try await link.send(message()) }
    }

    @Test func `no connection counts as no answer, and does not show the key`() async throws {
        struct Refused: Error {}
        let link = HTTPSchedulerLink(
            transport: FakeTransport { _ in throw Refused() },
            base: "http://s",
            key: "secret-key"
        )
        let error = await #expect(throws: SchedulerUnavailable.self) { try await link.send(message()) }
        #expect(error?.message.contains("http://s") == true)
        #expect(error?.message.contains("secret-key") == false)
    }

    @Test func `a cancelled call stays cancelled`() async throws {
        let link = HTTPSchedulerLink(
            transport: FakeTransport { _ in throw CancellationError() },
            base: "http://s",
            key: "k"
        )
        await #expect(throws: CancellationError.self) { try await link.send(message()) }
    }

    @Test func `a file is put under its name, with hash, epoch and worker`() async throws {
        let transport = FakeTransport(status: 204, body: "")
        let link = HTTPSchedulerLink(transport: transport, base: "http://s", key: "k")
        try await link.putArtifact(artifact, from: "/tmp/x", of: "j1", epoch: Epoch(4), worker: "w&1")
        let request = try #require(transport.requests.first)
        #expect(request.method == "PUT")
        #expect(
            request.url == "http://s/jobs/j1/artifacts/Rechnung%201%2F%C3%BC.pdf?sha256=abc&epoch=4&worker=w%261"
        )
        guard case .file("/tmp/x", 0..<3) = request.body else { throw Unexpected() }
        #expect(request.headers.contains { $0.name == "Content-Type" && $0.value == "application/pdf" })
    }

    @Test func `a file is fetched by hash into the path, and no longer than it is known to be`() async throws {
        let transport = FakeTransport(status: 200)
        let link = HTTPSchedulerLink(transport: transport, base: "http://s", key: "k")
        try await link.getArtifact(artifact, of: "j1", to: "/tmp/y")
        let request = try #require(transport.requests.first)
        #expect(request.url.hasSuffix("?sha256=abc"))
        guard case .file("/tmp/y", 3) = request.sink else { throw Unexpected() }
    }
}

private struct Unexpected: Error {}
