/// What a server connection does next; no I/O, no clock.
///
/// One request at a time: the bytes of pipelined ones stay in the parser's buffer until the answer before is sent, so
/// neither order nor bodies can mix.
struct HTTPConnectionStateMachine: Sendable {
    /// One request and its answer.
    struct Exchange: Sendable {
        var head: HTTPRequestHead
        var bodyHasEnded: Bool
        /// Someone waits for a part of the body that has not arrived.
        var isReaderWaiting = false
        /// `100 Continue` has still to be sent before the client sends the body.
        var owesContinue: Bool
        /// Bytes of the body that were given away.
        var received = 0
        /// The body broke: nothing behind it can be trusted.
        var isBroken = false
        /// Decided when the answer starts.
        var keepsAlive = false
        var isAnswering = false
    }

    enum State: Sendable {
        /// Between requests or in a head. Can transition to `handling`, `refusing`, `closed`.
        case reading
        /// A handler has the request. Can transition to `reading`, `discarding`, `lingering`, `handedOver`, `closed`.
        case handling(Exchange)
        /// The answer is sent, the rest of the body is thrown away. Can transition to `reading`, `lingering`, `closed`.
        case discarding(Exchange)
        /// An error is being answered. Can transition to `lingering`, `closed`.
        case refusing
        /// We have sent our last byte and wait briefly for the peer's, so that no reset eats the answer.
        case lingering
        /// The socket belongs to someone else. Terminal.
        case handedOver
        /// Terminal.
        case closed
    }

    enum Action: Sendable {
        case none
        /// Give the request to the handler, under this number.
        case handle(HTTPRequestHead, number: Int)
        /// Answer the error, then call `answerEnded`.
        case refuse(HTTPServerError)
        /// A reader waits and `readBody` has news for it.
        case resumeReader
        /// Say that we send nothing more, and wait for the peer's end.
        case linger
        case close
    }

    /// What the connection waits for, each with a limit of its own.
    enum Deadline: Hashable, Sendable {
        case head, keepAlive, handler, body, linger
    }

    /// What a reader of the body gets.
    enum BodyRead: Equatable, Sendable {
        case bytes([UInt8])
        case end
        /// Wait for `resumeReader`; first send `100 Continue` if asked.
        case wait(sendContinue: Bool)
    }

    /// Bytes of pipelined requests or unread body that are kept while a handler works.
    private static let readAhead = 65536
    /// Bytes of an unread body that are thrown away to keep the connection.
    private static let discardLimit = 65536

    private(set) var state = State.reading
    /// Counts requests; names an exchange.
    private(set) var number = 0
    private var parser: HTTPRequestParser
    private var inputHasEnded = false
    private var isDraining = false

    init(limits: HTTPLimits) { parser = HTTPRequestParser(limits: limits) }

    /// Whether bytes should be taken from the socket.
    var wantsReading: Bool {
        switch state {
        case .reading, .discarding, .lingering, .refusing: !inputHasEnded
        case .handling(let exchange):
            !inputHasEnded && (exchange.isReaderWaiting || parser.bufferedCount < Self.readAhead)
        case .handedOver, .closed: false
        }
    }

    /// What is waited for now.
    var deadline: Deadline? {
        switch state {
        case .reading: number > 0 && parser.isBetweenRequests ? .keepAlive : .head
        case .handling(let exchange):
            if exchange.isReaderWaiting { .body } else { exchange.isAnswering ? nil : .handler }
        case .discarding: .body
        case .lingering: .linger
        case .refusing, .handedOver, .closed: nil
        }
    }

    /// Whether nothing is under way that a shutdown would cut.
    var isIdle: Bool { if case .reading = state { parser.isBetweenRequests } else { false } }

    /// Bytes of the current body that were given away; its deadline grows with them.
    var receivedBodyBytes: Int {
        switch state {
        case .handling(let exchange), .discarding(let exchange): exchange.received
        default: 0
        }
    }

    // MARK: Input

    mutating func receive(_ bytes: [UInt8]) -> Action {
        switch state {
        case .reading:
            parser.append(bytes)
            return nextRequest()
        case .handling(let exchange):
            parser.append(bytes)
            return exchange.isReaderWaiting ? .resumeReader : .none
        case .discarding(let exchange):
            parser.append(bytes)
            return discard(exchange)
        case .refusing, .lingering, .closed: return .none
        case .handedOver: preconditionFailure("Cannot receive after the connection was handed over")
        }
    }

    mutating func inputEnded() -> Action {
        inputHasEnded = true
        switch state {
        case .reading, .discarding, .lingering:
            state = .closed
            return .close
        case .handling(let exchange): return exchange.isReaderWaiting ? .resumeReader : .none
        case .refusing, .handedOver, .closed: return .none
        }
    }

    private mutating func nextRequest() -> Action {
        do throws(HTTPServerError) {
            guard let head = try parser.nextHead() else {
                guard inputHasEnded || (isDraining && parser.isBetweenRequests) else { return .none }
                state = .closed
                return .close
            }
            number += 1
            state = .handling(Exchange(head: head, bodyHasEnded: !head.hasBody, owesContinue: head.expectsContinue))
            if !head.hasBody { _ = try parser.nextBodyPart() }
            return .handle(head, number: number)
        } catch {
            return refuse(error)
        }
    }

    /// Ends the current request with an error of ours; the connection closes after it.
    mutating func refuse(_ error: HTTPServerError) -> Action {
        number += 1
        state = .refusing
        return .refuse(error)
    }

    /// Sets the limit of the body of the request just handed out; a longer one announced is refused.
    mutating func limitBody(to limit: Int) -> HTTPServerError? {
        guard case .handling(let exchange) = state else { return nil }
        parser.bodyLimit = limit
        guard let length = exchange.head.contentLength, length > limit else { return nil }
        return HTTPServerError(.payloadTooLarge, "The body of \(length) bytes exceeds \(limit) bytes")
    }

    // MARK: Body

    /// The next part of the body of request `number`.
    ///
    /// - Throws: what is wrong with the body; after that the connection cannot be kept.
    mutating func readBody(of number: Int) throws(HTTPServerError) -> BodyRead {
        guard number == self.number, case .handling(var exchange) = state else {
            throw HTTPServerError(.closed, "The request is over")
        }
        defer { if case .handling = state { state = .handling(exchange) } }
        exchange.isReaderWaiting = false
        if exchange.bodyHasEnded { return .end }
        do throws(HTTPServerError) {
            switch try parser.nextBodyPart() {
            case .bytes(let bytes):
                exchange.owesContinue = false
                exchange.received += bytes.count
                return .bytes(bytes)
            case .end:
                exchange.bodyHasEnded = true
                return .end
            case .needsInput:
                guard !inputHasEnded else {
                    throw HTTPServerError(.badRequest, "The client ended the connection within the body")
                }
                defer { exchange.owesContinue = false }
                exchange.isReaderWaiting = true
                return .wait(sendContinue: exchange.owesContinue && !exchange.isAnswering)
            }
        } catch {
            exchange.isBroken = true
            throw error
        }
    }

    /// The reader gave up or took too long; what it left of the body cannot be trusted to come.
    mutating func abandonReader(of number: Int) {
        guard number == self.number, case .handling(var exchange) = state else { return }
        exchange.isReaderWaiting = false
        exchange.isBroken = true
        state = .handling(exchange)
    }

    // MARK: Answer

    /// Fixes whether the connection is kept after the answer, for its `Connection` field.
    ///
    /// - Returns: nil when the request is over already and the answer must not be sent.
    mutating func answerStarts(to number: Int, mayKeepAlive: Bool = true) -> Bool? {
        guard number == self.number, case .handling(var exchange) = state else { return nil }
        exchange.isAnswering = true
        exchange.keepsAlive =
            mayKeepAlive && exchange.head.keepsAlive && !isDraining && !exchange.isBroken && canDiscard(exchange)
        state = .handling(exchange)
        return exchange.keepsAlive
    }

    private func canDiscard(_ exchange: Exchange) -> Bool {
        if exchange.bodyHasEnded { return true }
        if exchange.owesContinue { return false }
        guard let length = exchange.head.contentLength else { return true }
        return length - exchange.received <= Self.discardLimit
    }

    /// The answer's last byte was given to the kernel.
    mutating func answerEnded() -> Action {
        switch state {
        case .handling(let exchange) where exchange.keepsAlive: return discard(exchange)
        case .handling, .refusing: return linger()
        case .reading, .discarding, .lingering, .handedOver, .closed: return .none
        }
    }

    private mutating func linger() -> Action {
        state = inputHasEnded ? .closed : .lingering
        return inputHasEnded ? .close : .linger
    }

    /// Throws away what the handler did not read, then goes on with the next request.
    private mutating func discard(_ exchange: Exchange) -> Action {
        var exchange = exchange
        exchange.isReaderWaiting = false
        do throws(HTTPServerError) {
            while !exchange.bodyHasEnded {
                switch try parser.nextBodyPart() {
                case .bytes(let bytes): exchange.received += bytes.count
                case .end: exchange.bodyHasEnded = true
                case .needsInput:
                    if inputHasEnded || exchange.received > 2 * Self.discardLimit { return linger() }
                    state = .discarding(exchange)
                    return .none
                }
            }
        } catch {
            return linger()
        }
        state = .reading
        return nextRequest()
    }

    /// Gives the socket away.
    ///
    /// - Returns: what the client sent behind its request; nil when the request is over already.
    mutating func handOver(_ number: Int) -> [UInt8]? {
        guard number == self.number, case .handling = state else { return nil }
        state = .handedOver
        return parser.takeLeftover()
    }

    // MARK: Ends

    mutating func deadlinePassed(_ deadline: Deadline) -> Action {
        switch (deadline, state) {
        case (.head, .reading) where !parser.isBetweenRequests:
            return refuse(HTTPServerError(.timeout, "The head of the request took too long"))
        case (.handler, .handling):
            return refuse(HTTPServerError(.unavailable, "The request took too long to serve"))
        case (.body, .handling(let exchange)) where exchange.isReaderWaiting:
            abandonReader(of: number)
            return .resumeReader
        case (.head, .reading), (.keepAlive, .reading), (.linger, .lingering), (.body, .discarding):
            state = .closed
            return .close
        default: return .none
        }
    }

    /// Ends after the current request.
    mutating func drain() -> Action {
        isDraining = true
        guard isIdle else { return .none }
        state = .closed
        return .close
    }

    mutating func closed() {
        if case .handedOver = state { return }
        number += 1
        state = .closed
    }
}
