import JSON
import JobModel
import MailModel

extension MailSession {
    /// The service allows a hundred questions in five minutes.
    private static let leastPause = Duration.seconds(3)

    /// Waits until the service knows of every receiver whether the mail got there.
    func trace(_ step: Step, _ provider: any MailProvider) async throws -> StepOutcome {
        let task = step.task
        let mailbox = try task.mailbox(desk.sender)
        let id = try messageID(task)
        let receivers = try task.addresses("to").map { $0.address.lowercased() }
        let every = max(try task.duration("every") ?? .seconds(10), Self.leastPause)
        while true {
            let found = try await provider.deliveries(of: id, from: mailbox, deadline: step.deadline)
            let missing = receivers.filter { address in !found.contains { $0.to.lowercased() == address } }
            let open = found.filter { $0.status == .pending }.map(\.to) + missing
            if !found.isEmpty, open.isEmpty { return try Self.outcome(id, found, task) }
            guard ContinuousClock.now + every < step.deadline else { throw Self.unknown(id, open) }
            step.report(["waiting_for": "delivery", "known": .init(found.count)])
            try await provider.pause(every)
        }
    }

    /// `<…@…>`, with or without its brackets.
    private func messageID(_ task: ToDo) throws -> String {
        let text = try task.filledString("internet_message_id") ?? ""
        let id = text.hasPrefix("<") ? text : "<\(text)>"
        guard id.hasSuffix(">"), id.contains("@"), id.utf8.count <= 998,
            id.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw task.invalid(
                "has no Message-ID in 'internet_message_id', such as <a1b2@host>, as send_mail gives it"
            )
        }
        return id
    }

    private static func outcome(_ id: String, _ found: [MailDelivery], _ task: ToDo) throws -> StepOutcome {
        let lost = found.filter { !$0.hasArrived }
        if !lost.isEmpty, task.fields["must_arrive"]?.bool ?? true {
            let places = lost.prefix(5).map { "\($0.to): \($0.status.rawValue)" }.joined(separator: ", ")
            throw StepFailure(
                reason: .mailRejected,
                message:
                    "The mail \(id) did not reach everybody: \(places). The Inbox of the sender may hold a report.",
                isRetryable: false
            )
        }
        return StepOutcome(
            outputs: [
                "delivered": .bool(lost.isEmpty),
                "count": .init(found.count),
                "deliveries": .array(
                    found.map {
                        [
                            "to": .string($0.to), "status": .string($0.status.rawValue),
                            "received": $0.received.map { .string($0) } ?? .null,
                        ]
                    }
                ),
            ],
            touched: "what became of the mail \(id)"
        )
    }

    private static func unknown(_ id: String, _ open: [String]) -> StepFailure {
        let rest = open.isEmpty ? "the service knows no such mail" : "open: " + open.prefix(5).joined(separator: ", ")
        return StepFailure(
            reason: .timeout,
            message:
                "Nobody can say yet whether the mail \(id) arrived; \(rest). The trace may be minutes late: raise 'timeout'.",
            isRetryable: true
        )
    }
}
