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

/// Holds every request until it is released, then answers each message as the test says.
private final class HeldScheduler: Sendable {
    private let knowsBundles: Bool
    private let answer: @Sendable ([LAMMessage]) -> [JSONObject]
    private let arrived = Mutex<[(path: String, messages: [LAMMessage])]>([])
    private let released = Signal()

    init(knowsBundles: Bool = true, _ answer: @escaping @Sendable ([LAMMessage]) -> [JSONObject]) {
        self.knowsBundles = knowsBundles
        self.answer = answer
    }

    var paths: [String] { arrived.withLock { $0.map(\.path) } }
    var messages: [MessageID] { arrived.withLock { $0.flatMap(\.messages).map(\.id) } }
    var transport: FakeTransport { FakeTransport { try await self.respond(to: $0) } }

    /// Waits until so many requests are there.
    func held(_ count: Int) async throws { try await until { self.paths.count >= count } }

    func release() async { await released.give() }

    private func respond(to request: HTTPClientRequest) async throws -> HTTPClientResponse {
        guard case .bytes(let bytes) = request.body, let body = try JSONValue(parsing: bytes).object else {
            throw Unexpected()
        }
        let bundle = body["messages"]?.array
        let messages = try (bundle ?? [.object(body)]).map { try LAMMessage(json: $0.object ?? [:]) }
        arrived.withLock { $0.append((String(request.url.dropFirst("http://s".count)), messages)) }
        await released.wait()
        if bundle == nil { return HTTPClientResponse(status: 200, body: answer(messages)[0].text("answer")) }
        guard knowsBundles else { return HTTPClientResponse(status: 404, body: Array("{}".utf8)) }
        let results: JSONObject = ["results": .array(answer(messages).map { .object($0) })]
        return HTTPClientResponse(status: 200, body: results.serialized())
    }
}

/// Looks every millisecond: what it waits for has no event of its own.
private func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(1)) }
}

extension JSONObject {
    fileprivate func text(_ member: String) -> [UInt8] { (self[member]?.object ?? [:]).serialized() }
}

private func message(_ id: MessageID = "m1") -> LAMMessage {
    LAMMessage(
        id: id,
        timestamp: 0,
        type: .agree,
        sender: "agent://worker/w",
        to: ["agent://scheduler"],
        payload: ["job_id": "j1", "worker": "w"]
    )
}

private let artifact = Artifact(name: "Rechnung 1/ü.pdf", bytes: 3, sha256: "abc", contentType: "application/pdf")

@Suite(.timeLimit(.minutes(1))) struct HTTPSchedulerLinkTests {
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

    @Test func `messages that become due while others are on their way share a request, and each has its own answer`()
        async throws
    {
        let scheduler = HeldScheduler { messages in
            messages.map { message in
                switch message.id {
                case "m4": ["status": 409, "reason": "stale_epoch", "detail": "Another worker has it"]
                case "m5": ["status": 503, "retry_after": 3]
                default: ["status": 200, "answer": ["id": .string(message.id.rawValue)]]
                }
            }
        }
        let link = HTTPSchedulerLink(transport: scheduler.transport, base: "http://s", key: "k")
        async let first = link.send(message("m1"))
        try await scheduler.held(1)
        async let second = link.send(message("m2"))
        try await scheduler.held(2)
        let others = ["m3", "m4", "m5"].map { id in Task { try await link.send(message(MessageID(id))) } }
        // Whatever goes on while the two are held, nothing else goes.
        try await until { link.waiting == others.count }
        #expect(scheduler.paths == ["/lam/message", "/lam/message"])
        await scheduler.release()
        #expect(try await [first, second] == [["id": "m1"], ["id": "m2"]])
        #expect(try await others[0].value == ["id": "m3"])
        let refusal = await #expect(throws: SchedulerRefusal.self) { try await others[1].value }
        #expect(refusal?.reason == .staleEpoch && refusal?.message == "Another worker has it")
        let error = await #expect(throws: SchedulerUnavailable.self) { try await others[2].value }
        #expect(error?.retryAfter == .seconds(3))
        #expect(scheduler.paths.contains("/lam/messages"))
    }

    @Test func `a message that is cancelled while it waits is not sent, and the others are`() async throws {
        let scheduler = HeldScheduler { $0.map { _ in ["status": 200, "answer": [:]] } }
        let link = HTTPSchedulerLink(transport: scheduler.transport, base: "http://s", key: "k")
        async let first = link.send(message("m1"))
        try await scheduler.held(1)
        async let second = link.send(message("m2"))
        try await scheduler.held(2)
        let lost = Task { try await link.send(message("m3")) }
        let other = Task { try await link.send(message("m4")) }
        try await until { link.waiting == 2 }
        lost.cancel()
        await #expect(throws: CancellationError.self) { try await lost.value }
        await scheduler.release()
        _ = try await (first, second, other.value)
        #expect(Set(scheduler.messages) == ["m1", "m2", "m4"])
    }

    @Test func `a scheduler that takes one message at a time is sent them one by one from then on`() async throws {
        let scheduler = HeldScheduler(knowsBundles: false) { $0.map { _ in ["status": 200, "answer": [:]] } }
        let link = HTTPSchedulerLink(transport: scheduler.transport, base: "http://s", key: "k")
        async let first = link.send(message("m1"))
        try await scheduler.held(1)
        async let second = link.send(message("m2"))
        try await scheduler.held(2)
        let others = ["m3", "m4"].map { id in Task { try await link.send(message(MessageID(id))) } }
        try await until { link.waiting == others.count }
        await scheduler.release()
        _ = try await (first, second)
        // It may have come: the sender asks again under the same id.
        for other in others { await #expect(throws: SchedulerUnavailable.self) { try await other.value } }
        #expect(scheduler.paths.contains("/lam/messages"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in ["m3", "m4", "m5", "m6"] {
                group.addTask { _ = try await link.send(message(MessageID(id))) }
            }
            try await group.waitForAll()
        }
        #expect(scheduler.paths.filter { $0 == "/lam/messages" }.count == 1)
    }

    @Test(arguments: ["{}", #"{"results": []}"#, #"{"results": [{"status": 200, "answer": {}}]}"#])
    func `an answer for fewer messages than were sent counts as none`(body: String) async throws {
        let requests = SchedulerRequests(
            transport: FakeTransport(status: 200, body: body),
            base: "http://s",
            key: "k",
            certificateAuthorities: nil
        )
        let results = await requests.send([message("m1"), message("m2")].map { $0.json.serialized() })
        #expect(results.count == 2)
        for result in results { #expect(throws: SchedulerUnavailable.self) { try result.get() } }
    }

    @Test func `a request takes as many messages as the scheduler does, and as many bytes as are no burden`()
        async throws
    {
        let sizes = Mutex<[[Int]]>([])
        let released = Signal()
        let bundler = MessageBundler { bundle in
            sizes.withLock { $0.append(bundle.map(\.count)) }
            if bundle.count == 1, bundle[0].count == 1 { await released.wait() }
            return bundle.map { _ in .success([:]) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for count in 1...MessageBundler.requestLimit {
                group.addTask { _ = try await bundler.send([0]) }
                try await until { sizes.withLock { $0.count } == count }
            }
            let large = [UInt8](repeating: 0, count: MessageBundler.byteLimit / 2)
            for count in [3, 251] {
                let before = bundler.waiting
                for _ in 0..<count { group.addTask { _ = try await bundler.send(count == 3 ? large : [0, 0]) } }
                try await until { bundler.waiting == before + count }
            }
            await released.give()
            try await group.waitForAll()
        }
        let bundles = sizes.withLock { $0 }.dropFirst(MessageBundler.requestLimit)
        #expect(bundles.map(\.count).reduce(0, +) == 254)
        #expect(bundles.allSatisfy { $0.count <= MessageBundler.limit && $0.reduce(0, +) <= MessageBundler.byteLimit })
        #expect(bundles.contains { $0.count == MessageBundler.limit })
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

    @Test func `whether the scheduler is there is asked of what answers without looking at anything`() async throws {
        let transport = FakeTransport(status: 200)
        try await HTTPSchedulerLink(transport: transport, base: "http://s/", key: "k").probe()
        #expect(transport.requests.map { "\($0.method) \($0.url)" } == ["GET http://s/livez"])
        let away = HTTPSchedulerLink(transport: FakeTransport(status: 502), base: "http://s", key: "k")
        await #expect(throws: SchedulerUnavailable.self) { try await away.probe() }
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
        #expect(request.stallLimit == .seconds(60))
    }

    @Test func `a file is fetched by hash into the path, and no longer than it is known to be`() async throws {
        let transport = FakeTransport(status: 200)
        let link = HTTPSchedulerLink(transport: transport, base: "http://s", key: "k")
        try await link.getArtifact(artifact, of: "j1", epoch: Epoch(2), worker: "w/1", to: "/tmp/y")
        let request = try #require(transport.requests.first)
        #expect(request.url.hasSuffix("?sha256=abc&epoch=2&worker=w%2F1"))
        guard case .file("/tmp/y", 3) = request.sink else { throw Unexpected() }
        #expect(request.stallLimit == .seconds(60))
    }
}

private struct Unexpected: Error {}
