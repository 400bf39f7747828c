import WebSockets

/// Frames mean the same however the network cuts them, and memory stays bounded.
func fuzzWebSocket(_ input: [UInt8]) {
    let (whole, pieces) = pieces(of: input)
    require(messages([whole]) == messages(pieces), "cutting does not change the messages")
}

private func messages(_ pieces: [[UInt8]]) -> [[UInt8]] {
    var limits = WebSocketServerLimits()
    limits.messageBytes = 1000
    let frames = ServerFrames(limits: limits)
    var messages: [[UInt8]] = []
    func note(_ events: [ServerFrames.Event]) {
        for case .message(let message, let isText) in events {
            require(message.count <= 1000, "a message keeps the limit")
            require(!isText || String(validating: message, as: UTF8.self) != nil, "a text is UTF-8")
            messages.append(message)
        }
    }
    for piece in pieces {
        note(frames.receive(piece))
        // What came in before the close is the same; what the close says may differ with the cuts.
        while !frames.takeOutput().isEmpty || frames.hasInput { note(frames.resume()) }
    }
    return messages
}
