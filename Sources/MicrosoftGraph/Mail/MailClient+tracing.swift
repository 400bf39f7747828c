import HTTPClient
import JSON
package import MailModel

extension MailClient {
    /// Pages of one look; a mail has at most a thousand receivers, a list among them more.
    private static let tracePages = 20

    /// Asks the message trace of Exchange Online, which needs a right of its own.
    ///
    /// Source: Microsoft Graph, messageTracingRoot: List messageTraces.
    package func deliveries(
        of messageID: String,
        from mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> [MailDelivery] {
        let filter = "messageId eq \(URLText.literal(messageID))"
        var next: String? = URLText.path("/admin/exchange/tracing/messageTraces", [("$filter", filter)])
        var found: [MailDelivery] = []
        for _ in 0..<Self.tracePages {
            guard let path = next else { return found }
            let json = try await trace(path, of: messageID, mailbox, deadline)
            found += (json["value"]?.array ?? []).compactMap(MailDelivery.init)
            next = try self.next(json)
        }
        return found
    }

    private func trace(
        _ path: String,
        of messageID: String,
        _ mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> JSONValue {
        let operation = "trace the mail \(messageID)"
        let response = try await connection.perform(
            .get(path),
            mailbox: mailbox,
            deadline: deadline,
            operation: operation
        )
        guard response.status == 200 else {
            var failure = MailError(response, during: operation)
            if response.status == 403 {
                failure.message +=
                    " Tracing needs the application permission ExchangeMessageTrace.Read.All and the service principal "
                    + "8bd644d1-64a1-4d4b-ae52-2e0cbf64e373 in the tenant (docs/mail.md)."
            }
            throw failure
        }
        _ = try Self.values(response, "deliveries")
        return try Self.object(response, "deliveries")
    }
}

extension MailDelivery {
    /// Reads an exchangeMessageTrace; nil when it names no receiver.
    init?(_ json: JSONValue) {
        guard let to = json["recipientAddress"]?.string else { return nil }
        self.init(
            to: to,
            status: Self.status(json["status"]?.string ?? ""),
            received: json["receivedDateTime"]?.string
        )
    }

    private static func status(_ word: String) -> Status {
        switch word.lowercased() {
        case "gettingstatus", "": .pending
        case "filteredasspam": .filteredAsSpam
        case let word: Status(rawValue: word) ?? .other
        }
    }
}
