import Cryptography
import JSON
import JobModel
import Security
import Storage
import Synchronization
import Testing

@testable import JobScheduler

/// A receiver that the test plays.
private final class Receiver: WebhookTransport {
    struct Down: Error {}

    let requests = Mutex<[WebhookRequest]>([])
    let answers = Mutex<[Result<WebhookAnswer, Down>]>([])
    /// Whose calls come, in order.
    let (calls, come) = AsyncStream<TenantID>.makeStream()

    func refusal(of address: WebhookAddress, tenant: TenantID) -> String? {
        address.isEncrypted ? nil : "must begin with https://"
    }

    func post(_ request: WebhookRequest) async throws -> WebhookAnswer {
        requests.withLock { $0.append(request) }
        come.yield(request.tenant)
        if request.url.contains("hangs") { try await Task.sleep(for: .seconds(3_600)) }
        let answer = answers.withLock { $0.isEmpty ? .success(WebhookAnswer(status: 204)) : $0.removeFirst() }
        return try answer.get()
    }
}

extension WebhookRunner {
    /// Makes the calls that are due, and waits for them.
    ///
    /// - Returns: how many.
    fileprivate func pass() async throws -> Int {
        var count = 0
        while case let calls = try await due(), !calls.isEmpty {
            for call in calls { await make(call) }
            count += calls.count
        }
        return count
    }
}

@Suite struct WebhookTests {
    private static let signer = WebhookSigner(master: Array(repeating: 7, count: 32))

    private func with(_ body: (Stage, Receiver) async throws -> Void) async throws {
        let receiver = Receiver()
        try await Stage.with(webhooks: (receiver, Self.signer)) { try await body($0, receiver) }
    }

    /// A job that ended, with a webhook.
    private func ended(
        _ stage: Stage,
        _ url: String = "https://hooks.example/cpa",
        as caller: Principal = Stage.cli
    ) async throws -> JobID {
        var submission = JobSubmission(scenario: [
            "name": "x", "tasks": [["action": "goto", "url": "https://x.example/"]],
        ])
        submission.webhook = url
        let id = try await stage.scheduler.submit(submission, as: caller).id
        _ = try await stage.scheduler.cancel(id, as: caller)
        return id
    }

    private func state(_ stage: Stage) async throws -> WebhookRecord {
        try #require(try await stage.scheduler.webhooks(in: nil, limit: 10, for: Stage.cli).first)
    }

    @Test func `a job that ended is told once, signed as the standard says`() async throws {
        try await with { stage, receiver in
            var submission = JobSubmission(scenario: ["tasks": [["action": "goto", "url": "https://x.example/"]]])
            submission.webhook = "https://hooks.example/cpa"
            let id = try await stage.scheduler.submit(submission, as: Stage.cli).id
            stage.time.advance(seconds: 5)
            _ = try await stage.scheduler.cancel(id, as: Stage.cli)
            #expect(try await stage.scheduler.webhooks.pass() == 1)
            #expect(try await stage.scheduler.webhooks.pass() == 0)
            let requests = receiver.requests.withLock { $0 }
            let call = try #require(requests.first)
            #expect(requests.count == 1 && call.url == "https://hooks.example/cpa")
            let headers = Dictionary(uniqueKeysWithValues: call.headers.map { ($0.name, $0.value) })
            let (name, time) = (headers["webhook-id"] ?? "", headers["webhook-timestamp"] ?? "")
            #expect(time == "\(stage.time.now / 1000)")
            // Checked the way a receiver does it: with the text of the secret, from outside.
            let revealed = Self.signer.reveal(for: .webhooks(of: .default))
            let secret = try Base64.decode(String(revealed.dropFirst("whsec_".count)))
            let text = Array("\(name).\(time).".utf8) + call.body
            let expected = "v1," + Base64.encode(HMAC.sha256(text, key: secret).bytes)
            #expect(headers["webhook-signature"] == expected)
            let body = try JSONValue(parsing: call.body)
            #expect(body["type"] == "job.cancelled" && body["data"]?["id"] == .string(id.rawValue))
            let job = try await stage.job(id)
            #expect(body["data"]?["updated_at"] == job.summary["updated_at"] && job.updated == stage.time.now)
            #expect(call.body.count < 20_000)
            #expect(try await state(stage).state == .delivered)
        }
    }

    /// Whether a receiver that was told this secret takes a call: one of the signatures has to be right.
    private func isTaken(_ headers: [(name: String, value: String)], _ body: [UInt8], knowing secret: String) throws
        -> Bool
    {
        let fields = Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) })
        let (name, time) = (fields["webhook-id"] ?? "", fields["webhook-timestamp"] ?? "")
        let key = try Base64.decode(String(secret.dropFirst("whsec_".count)))
        let wanted = "v1," + Base64.encode(HMAC.sha256(Array("\(name).\(time).".utf8) + body, key: key).bytes)
        return (fields["webhook-signature"] ?? "").split(separator: " ").contains { $0 == wanted }
    }

    @Test func `while the secret changes, receivers that know either take a call, and no others`() throws {
        let (old, new) = (Self.signer, WebhookSigner(master: Array(repeating: 8, count: 32)))
        let foreign = WebhookSigner(master: Array(repeating: 9, count: 32))
        let changing = WebhookSigner(
            master: Array(repeating: 8, count: 32),
            previous: Array(repeating: 7, count: 32)
        )
        let receivers: [WebhookSigner.Receiver] = [.webhooks(of: .default), .agent("a1")]
        for receiver in receivers {
            let body = Array(#"{"type": "job.done"}"#.utf8)
            let headers = changing.headers(id: "m1", time: 5, body: body, for: receiver)
            #expect(headers.count == 4 && changing.reveal(for: receiver) == new.reveal(for: receiver))
            for (signer, isKnown) in [(old, true), (new, true), (foreign, false)] {
                #expect(try isTaken(headers, body, knowing: signer.reveal(for: receiver)) == isKnown)
            }
            let changed = new.headers(id: "m1", time: 5, body: body, for: receiver)
            #expect(try !isTaken(changed, body, knowing: old.reveal(for: receiver)))
            #expect(try isTaken(changed, body, knowing: new.reveal(for: receiver)))
        }
    }

    @Test func `the secret of a tenant is its own, and that of an agent`() {
        let other = TenantID("other")
        let secrets = [.webhooks(of: .default), .webhooks(of: other), .agent("other"), .agent("default")]
            .map { (receiver: WebhookSigner.Receiver) in Self.signer.reveal(for: receiver) }
        #expect(Set(secrets).count == secrets.count)
        #expect(Self.signer.reveal(for: .webhooks(of: other)) == secrets[1])
    }

    @Test func `a tenant whose receivers hang leaves room for everybody else's calls`() async throws {
        try await with { stage, receiver in
            let slow = Principal(id: "slow", tenant: TenantID("slow"))
            let slots = stage.scheduler.webhooks.slots
            for _ in 0..<slots.tenantLimit + 2 {
                _ = try await ended(stage, "https://hangs.example/", as: slow)
            }
            _ = try await ended(stage)
            let run = Task { [webhooks = stage.scheduler.webhooks] in await webhooks.run() }
            var tenants = receiver.calls.makeAsyncIterator()
            var came: [TenantID] = []
            while came.count < slots.tenantLimit + 1, let tenant = await tenants.next() { came.append(tenant) }
            #expect(came.filter { $0 == slow.tenant }.count == slots.tenantLimit && came.contains(.default))
            #expect(slots.fullTenants == [slow.tenant])
            _ = try await ended(stage)
            let next = await tenants.next()
            #expect(next == .default)
            run.cancel()
            await run.value
            #expect(slots.free == slots.limit)
        }
    }

    @Test func `there are no more calls at once than slots, and none is made twice`() {
        let slots = CallSlots()
        let taken = (0..<40).filter { slots.take("\($0)", of: TenantID("t\($0 / 8)")) }
        #expect(taken == [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27])
        #expect(slots.free == 0 && slots.fullTenants.count == 4 && slots.calls.count == 16)
        slots.giveBack("0")
        slots.giveBack("0")
        #expect(!slots.take("1", of: "t0") && slots.take("32", of: "t4") && !slots.take("0", of: "t0"))
        slots.giveBack("32")
        #expect(slots.take("4", of: "t0") && !slots.take("5", of: "t0"))
    }

    @Test func `it looks again when a call is due, and when none is, hardly ever`() async throws {
        try await with { stage, receiver in
            #expect(try await stage.scheduler.webhooks.untilNext() == Alarm.longest)
            _ = try await ended(stage)
            #expect(try await stage.scheduler.webhooks.untilNext() <= .zero)
            receiver.answers.withLock { $0 = [.failure(Receiver.Down())] }
            #expect(try await stage.scheduler.webhooks.pass() == 1)
            let due = try await state(stage).due - stage.time.now
            #expect(try await stage.scheduler.webhooks.untilNext() == .milliseconds(due) && due > 0)
        }
    }

    @Test func `a receiver that is down is called again under the same id, later each time, and in the end given up`()
        async throws
    {
        try await with { stage, receiver in
            _ = try await ended(stage)
            receiver.answers.withLock { $0 = Array(repeating: .failure(Receiver.Down()), count: 20) }
            var waits: [Int64] = []
            for number in 1...WebhookRunner.limit {
                #expect(try await stage.scheduler.webhooks.pass() == 1)
                let webhook = try await state(stage)
                #expect(webhook.attempts == number && webhook.problem != nil)
                guard webhook.state == .pending else { break }
                #expect(try await stage.scheduler.webhooks.pass() == 0)
                waits.append((webhook.due - stage.time.now) / 1000)
                stage.time.advance(seconds: (webhook.due - stage.time.now) / 1000 + 1)
            }
            #expect(waits == WebhookRunner.pauses.map { $0 * 11 / 10 })
            #expect(try await state(stage).state == .dead)
            #expect(try await stage.scheduler.webhooks.pass() == 0)
            let ids = Set(
                receiver.requests.withLock { $0 }.flatMap { $0.headers.filter { $0.name == "webhook-id" }.map(\.value) }
            )
            #expect(ids.count == 1)
            receiver.answers.withLock { $0 = [] }
            _ = try await stage.scheduler.replayWebhook(try await state(stage).id, as: Stage.cli)
            #expect(try await stage.scheduler.webhooks.pass() == 1)
            #expect(try await state(stage).state == .delivered)
        }
    }

    @Test func `Retry-After is honoured, redirects are failures, 410 ends it`() async throws {
        try await with { stage, receiver in
            _ = try await ended(stage)
            receiver.answers.withLock {
                $0 = [
                    .success(WebhookAnswer(status: 429, retryAfter: .seconds(3_000))),
                    .success(WebhookAnswer(status: 302)), .success(WebhookAnswer(status: 410)),
                ]
            }
            _ = try await stage.scheduler.webhooks.pass()
            #expect(try await state(stage).due == stage.time.now + 3_000_000)
            stage.time.advance(seconds: 3_000)
            _ = try await stage.scheduler.webhooks.pass()
            #expect(try await state(stage).problem == "the receiver answered 302")
            stage.time.advance(seconds: 60)
            _ = try await stage.scheduler.webhooks.pass()
            #expect(try await state(stage).state == .dead)
        }
    }

    @Test func `a call survives a restart, and is nobody else's`() async throws {
        try await with { stage, receiver in
            _ = try await ended(stage)
            let again = try await stage.restarted()
            #expect(try await again.scheduler.webhooks.pass() == 1)
            #expect(receiver.requests.withLock { $0.count } == 1)
            let stranger = Principal(id: "x", tenant: TenantID("x"))
            let id = try await state(again).id
            #expect(try await again.scheduler.webhooks(in: nil, limit: 10, for: stranger).isEmpty)
            await #expect { try await again.scheduler.replayWebhook(id, as: stranger) } throws: {
                ($0 as? SchedulerError)?.code == .notFound
            }
        }
    }

    @Test(arguments: [
        "http://hooks.example/", "ftp://hooks.example/", "https://", "https://user@hooks.example/",
        "https://h.example/#x",
        "https://h.example:0/", "https://h.example:x/", "https://[::1/", "hooks.example", "https://a b.example/",
        "https://h%2eexample/",
    ])
    func `an address that cannot be called is refused with the submission`(_ url: String) async throws {
        try await with { stage, _ in
            var submission = JobSubmission(scenario: ["tasks": [["action": "goto", "url": "https://x.example/"]]])
            submission.webhook = url
            await #expect { try await stage.scheduler.submit(submission, as: Stage.cli) } throws: {
                ($0 as? SchedulerError)?.problems.first?.pointer.description == "/webhook"
            }
        }
    }

    @Test(arguments: [
        ("https://h.example", "h.example", 443), ("https://h.example:8443/x?y=1", "h.example", 8443),
        ("https://[2001:db8::1]:444/", "2001:db8::1", 444), ("http://10.0.0.1?x", "10.0.0.1", 80),
    ])
    func `host and port are read as they will be called`(_ url: String, _ host: String, _ port: Int) throws {
        let address = try #require(WebhookAddress(url))
        #expect(address.host == host && address.port == port)
    }
}
