/// One request and its response on their way through the proxy. Pure.
struct Exchange: Sendable {
    /// What is to be done with bytes of the server.
    struct Step: Equatable {
        enum Then: Equatable {
            case goOn
            /// From now on the bytes are nobody's business.
            case tunnel
            /// The response is whole.
            case end(keepsServer: Bool)
        }

        /// Bytes for the browser.
        var forward: [UInt8]
        var then: Then
    }

    private static let headLimit = 256 << 10

    let method: String
    var requestBody: BodyFraming
    /// The start of the response's head, as long as its end is not there.
    private(set) var unfinishedHead: [UInt8] = []
    private var responseBody: BodyFraming?
    private var closesServer = false

    init(method: String, requestBody: BodyFraming) {
        self.method = method
        self.requestBody = requestBody
    }

    /// Whether the server may have acted on what must not be asked twice (RFC 9110 §9.2.2), and has not said so.
    var isInDoubt: Bool { responseBody == nil && !Self.repeatable.contains(method) }

    private static let repeatable: Set<String> = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]

    /// Takes bytes of the server.
    mutating func take(_ bytes: [UInt8]) -> Step {
        guard responseBody == nil else { return takeBody(bytes[...], after: []) }
        let searched = unfinishedHead.count
        unfinishedHead += bytes
        var forward: [UInt8] = []
        while let head = MessageHead(unfinishedHead, searchedFrom: forward.isEmpty ? searched : 0) {
            let whole = unfinishedHead
            unfinishedHead = []
            guard let status = Self.status(head) else { return give(up: forward + whole) }
            let isTunnel = status == 101 || method == "CONNECT" && (200..<300).contains(status)
            if isTunnel { return Step(forward: forward + whole, then: .tunnel) }
            forward += whole[..<head.size]
            let rest = whole[head.size...]
            if status < 200 {
                // An interim response: the real one follows.
                unfinishedHead = Array(rest)
                continue
            }
            responseBody = BodyFraming(response: head, status: status, to: method)
            let words = head.values("connection").joined(separator: ",").lowercased()
            closesServer = words.contains("close") || !head.first.hasPrefix("HTTP/1.1 ")
            return takeBody(rest, after: forward)
        }
        // Line ends without a carriage return: browsers read such heads, so they are passed on as they are.
        if unfinishedHead.count > Self.headLimit || unfinishedHead.firstRange(of: [10, 10]) != nil {
            let whole = unfinishedHead
            unfinishedHead = []
            return give(up: forward + whole)
        }
        return Step(forward: forward, then: .goOn)
    }

    private mutating func takeBody(_ bytes: ArraySlice<UInt8>, after forward: [UInt8]) -> Step {
        guard var body = responseBody else { preconditionFailure("Cannot take a body before the head") }
        let taken = body.take(bytes)
        responseBody = body
        let piece = forward + bytes.prefix(taken)
        guard body.hasEnded else { return Step(forward: piece, then: .goOn) }
        // What follows an end belongs to nobody.
        return Step(forward: piece, then: .end(keepsServer: !closesServer && taken == bytes.count))
    }

    private mutating func give(up bytes: [UInt8]) -> Step {
        responseBody = .untilEnd
        return Step(forward: bytes, then: .goOn)
    }

    private static func status(_ head: MessageHead) -> Int? {
        let parts = head.first.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", parts[1].utf8.count == 3,
            let status = Int(parts[1]), (100...599).contains(status)
        else { return nil }
        return status
    }
}
