import JSON
package import MailModel

extension MailClient {
    /// Asks the message trace of Exchange Online, which needs a right of its own.
    ///
    /// Source: Microsoft Graph, messageTracingRoot: List messageTraces.
    package func deliveries(
        of messageID: String,
        from mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> [MailDelivery] {
        let filter = "messageId eq \(URLText.literal(messageID))"
        let path = URLText.path("/admin/exchange/tracing/messageTraces", [("$filter", filter)])
        do {
            return try await elements(
                of: path,
                "deliveries",
                in: mailbox,
                deadline,
                operation: "trace the mail \(messageID)"
            ).compactMap(MailDelivery.init)
        } catch var failure as MailError where failure.status == 403 {
            // The remedy of mailboxes is none here.
            failure.message =
                "Cannot trace the mail \(messageID): status 403\(failure.serviceCode.map { ", " + $0 } ?? ""). Grant the application "
                + "ExchangeMessageTrace.Read.All, and put the service principal 8bd644d1-64a1-4d4b-ae52-2e0cbf64e373 into the tenant "
                + "(docs/mail.md)."
            throw failure
        }
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
