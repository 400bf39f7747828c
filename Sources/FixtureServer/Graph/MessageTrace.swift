import JSON

/// What became of a mail to one receiver (exchangeMessageTrace).
struct MessageTrace: Sendable {
    let id: String
    let messageID: String
    let sender: String
    let recipient: String
    let subject: String
    /// What became of it in the end.
    let status: String
    /// When that is known, milliseconds since 1970.
    let known: Int64
    let size: Int
    /// Milliseconds since 1970.
    let received: Int64

    /// What the service says at a time.
    func json(now: Int64) -> JSONObject {
        [
            "id": .string(id),
            "messageId": .string(messageID),
            "senderAddress": .string(sender),
            "recipientAddress": .string(recipient),
            "subject": .string(subject),
            "status": .string(now < known ? "pending" : status),
            "size": .integer(Int64(size)),
            "receivedDateTime": .string(FixtureClock.rfc3339(received)),
            "fromIP": "192.0.2.1",
            "toIP": "",
        ]
    }
}
