import JSON

/// What became of a mail to one receiver (exchangeMessageTrace).
struct MessageTrace: Sendable {
    let id: String
    let messageID: String
    let sender: String
    let recipient: String
    let subject: String
    let status: String
    let size: Int
    /// Milliseconds since 1970.
    let received: Int64

    var json: JSONObject {
        [
            "id": .string(id),
            "messageId": .string(messageID),
            "senderAddress": .string(sender),
            "recipientAddress": .string(recipient),
            "subject": .string(subject),
            "status": .string(status),
            "size": .integer(Int64(size)),
            "receivedDateTime": .string(FixtureClock.rfc3339(received)),
            "fromIP": "192.0.2.1",
            "toIP": "",
        ]
    }
}
