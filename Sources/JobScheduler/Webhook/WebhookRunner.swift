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
    /// Calls at once.
    private static let batch = 16
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

    /// Why nobody will call such an address; nil when it will be.
    func refusal(of address: WebhookAddress, tenant: TenantID) -> String? {
        guard let transport, signer != nil else { return "cannot be called: this server makes no webhook calls" }
        return transport.refusal(of: address, tenant: tenant)
    }

    /// Makes calls until cancelled; looks when one is due, or a new one was written.
    func run() async {
        guard transport != nil, signer != nil else { return }
        await withDiscardingTaskGroup { group in
            var alarm = Alarm()
            wake.raise()
            for await _ in wake.heard {
                var pause = Duration.seconds(1)
                do {
                    while try await pass() == Self.batch {}
                    pause = try await untilNext()
                } catch {
                    logger.warning("Webhooks cannot be looked at", ["error": "\(error)"])
                }
                alarm.set(in: pause, raising: wake, in: &group)
            }
            group.cancelAll()
        }
    }

    /// How long until the next call is due.
    func untilNext() async throws -> Duration {
        guard let due = try await writer.read({ try $0.nextWebhook() }) else { return Alarm.longest }
        return .milliseconds(due - writer.environment.now())
    }

    /// Makes the calls that are due.
    ///
    /// - Returns: how many.
    func pass() async throws -> Int {
        guard let transport, let signer else { return 0 }
        let now = writer.environment.now()
        let due = try await writer.read { try $0.dueWebhooks(at: now, limit: Self.batch) }
        guard !due.isEmpty else { return 0 }
        let tried = await withTaskGroup { group in
            for webhook in due { group.addTask { await self.call(webhook, transport, signer) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let before = now - Self.retention
        try await writer.write { transaction in
            for webhook in tried { try transaction.save(webhook) }
            try transaction.deleteWebhooks(before: before, limit: 100)
        }
        return due.count
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
