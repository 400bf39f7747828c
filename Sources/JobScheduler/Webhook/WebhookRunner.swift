import JSON
import JobModel
import Storage
import Telemetry

/// Makes webhook calls that are due, and tries again those that failed: at least once each, until `limit` tries are over.
///
/// The rows are written with the change they tell of, so none is lost; a call whose answer was lost is made again under the
/// same id, by which the receiver knows it.
struct WebhookRunner {
    /// Tries after which a call is dead.
    static let limit = 8
    /// Seconds after each failed try, as Standard Webhooks suggests: about a day in all.
    static let pauses: [Int64] = [5, 30, 300, 1_800, 7_200, 28_800, 57_600]
    /// How long calls that ended are kept.
    private static let retention: Int64 = 7 * 86_400_000

    let writer: JobWriter
    let transport: (any WebhookTransport)?
    let signer: WebhookSigner?
    let logger: Logger
    let metrics: MetricRegistry
    let wake: Signal
    let slots = CallSlots()

    /// Why nobody will call such an address; nil when it will be.
    func refusal(of address: WebhookAddress, tenant: TenantID) -> String? {
        guard let transport, signer != nil else { return "cannot be called: this server makes no webhook calls" }
        return transport.refusal(of: address, tenant: tenant)
    }

    /// Makes calls until cancelled; looks when one is due, a new one was written, or one is over.
    func run() async {
        guard transport != nil, signer != nil else { return }
        await withDiscardingTaskGroup { group in
            var alarm = Alarm()
            wake.raise()
            for await _ in wake.heard {
                var pause = Duration.seconds(1)
                do {
                    while case let calls = try await due(), !calls.isEmpty {
                        for call in calls { group.addTask { await self.make(call) } }
                    }
                    pause = try await untilNext()
                } catch {
                    logger.warning("Webhooks cannot be looked at", ["error": "\(error)"])
                }
                alarm.set(in: pause, raising: wake, in: &group)
            }
            group.cancelAll()
        }
    }

    /// How long until the next call is due that can have a slot; who gives one back wakes us.
    func untilNext() async throws -> Duration {
        guard slots.free > 0 else { return Alarm.longest }
        let busy = busy
        guard let due = try await writer.read({ try $0.nextWebhook(except: busy) }) else { return Alarm.longest }
        return .milliseconds(due - writer.environment.now())
    }

    /// Calls that are due and have got a slot each; none is left out in the end while there are slots.
    func due() async throws -> [WebhookRecord] {
        let (free, busy, now) = (slots.free, busy, writer.environment.now())
        guard free > 0 else { return [] }
        return try await writer.read { try $0.dueWebhooks(at: now, limit: free, except: busy) }
            .filter { slots.take($0.id, of: $0.tenant) }
    }

    /// What has no slot to hope for now.
    private var busy: BusyWebhooks { BusyWebhooks(calls: slots.calls, tenants: slots.fullTenants) }

    /// Makes a call that has a slot, and writes down what became of it.
    func make(_ webhook: WebhookRecord) async {
        defer {
            slots.giveBack(webhook.id)
            wake.raise()
        }
        guard let transport, let signer else { return }
        let tried = await call(webhook, transport, signer)
        // It keeps its slot until it is written: else the receiver would be called again and again while the disk is full.
        repeat {
            do {
                return try await save(tried)
            } catch {
                logger.warning("A webhook's outcome cannot be written", ["webhook": webhook.id, "error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        } while !Task.isCancelled
    }

    private func save(_ webhook: WebhookRecord) async throws {
        let before = writer.environment.now() - Self.retention
        try await writer.write { transaction in
            try transaction.save(webhook)
            try transaction.deleteWebhooks(before: before, limit: 100)
        }
    }

    private func call(
        _ webhook: WebhookRecord,
        _ transport: any WebhookTransport,
        _ signer: WebhookSigner
    ) async -> WebhookRecord {
        var webhook = webhook
        let now = writer.environment.now()
        let body = Array(webhook.body.utf8)
        let request = WebhookRequest(
            tenant: webhook.tenant,
            url: webhook.url,
            headers: signer.headers(id: webhook.id, time: now / 1000, body: body, for: .webhooks(of: webhook.tenant)),
            body: body
        )
        webhook.attempts += 1
        webhook.tried = now
        do {
            let answer = try await transport.post(request)
            webhook.note(answer, at: now, random: writer.environment.random)
        } catch { webhook.fail("\(error)", at: now, random: writer.environment.random) }
        metrics.counter("cpa_webhooks_total", ["outcome": webhook.state.rawValue]).increment()
        if webhook.state == .dead {
            logger.warning("A webhook is given up", ["webhook": webhook.id, "job": webhook.job.rawValue])
        }
        return webhook
    }
}

extension WebhookRecord {
    /// Takes over what the receiver answered.
    mutating func note(_ answer: WebhookAnswer, at now: Int64, random: (ClosedRange<Int64>) -> Int64) {
        switch answer.status {
        case 200...299:
            state = .delivered
            problem = nil
        case 410:
            // The receiver says that it is gone for good.
            state = .dead
            problem = "the receiver answered 410: it wants no more calls"
        default:
            fail("the receiver answered \(answer.status)", at: now, after: answer.retryAfter, random: random)
        }
    }

    /// Plans the next try, or gives up.
    mutating func fail(
        _ why: String,
        at now: Int64,
        after wanted: Duration? = nil,
        random: (ClosedRange<Int64>) -> Int64
    ) {
        problem = String(why.prefix(300))
        guard attempts < WebhookRunner.limit else {
            state = .dead
            return
        }
        // Calls that failed together must not come back together.
        let pause = WebhookRunner.pauses[attempts - 1] * 1000
        // Who asks for more time gets it, within a day.
        let asked = min(wanted?.milliseconds ?? 0, 86_400_000)
        due = now + max(random(pause * 9 / 10...pause * 11 / 10), asked)
    }
}
