import EventLoops
import Telemetry

extension HTTPConnection {
    /// Sends an answer, whatever its body is, and moves the machine to what comes behind it.
    func send(_ response: HTTPResponse, to head: HTTPRequestHead, _ number: Int) async {
        do {
            try await sendBody(of: response, to: head, number)
        } catch {
            return wasCut(number, error)
        }
        if machine.number == number { perform(machine.answerEnded()) }
    }

    /// Bytes are missing that were promised: only a reset tells the client.
    private func wasCut(_ number: Int, _ error: any Error) {
        lane.logger.debug("An answer was cut", ["error": "\(error)"])
        if machine.number == number { socket.reset() }
    }

    private func sendBody(of response: HTTPResponse, to head: HTTPRequestHead, _ number: Int) async throws {
        switch response.body {
        case .bytes(let bytes):
            guard let start = start(response, to: head, number, length: bytes.count) else { return }
            try await write(start.sendsBody ? start.bytes + bytes : start.bytes)
        case .stream(let length, let next):
            try await sendStream(response, to: head, number, length: length, next: next)
        case .file(let path, let range):
            try await sendFile(response, to: head, number, path: path, range: range)
        case .upgrade: preconditionFailure("Cannot answer an upgrade as HTTP: the connection leaves")
        }
    }

    private struct Start {
        var bytes: [UInt8]
        var sendsBody: Bool
        var isChunked: Bool
    }

    /// Decides about framing and connection, and encodes the head; nil when nobody waits for the answer.
    private func start(
        _ response: HTTPResponse,
        to head: HTTPRequestHead,
        _ number: Int,
        length: Int?
    ) -> Start? {
        let hasNoBody = response.status == 204 || response.status == 304
        let framing: HTTPResponseEncoder.Framing =
            if hasNoBody {
                .none
            } else if let length {
                .length(length)
            } else {
                head.minorVersion == 1 ? .chunked : .untilClose
            }
        let keepsAlive = machine.answerStarts(to: number, mayKeepAlive: framing != .untilClose)
        guard let keepsAlive else { return nil }
        let connection = keepsAlive ? (head.minorVersion == 0 ? "keep-alive" : nil) : "close"
        let bytes = HTTPResponseEncoder.head(
            status: response.status,
            fields: response.headers,
            framing: framing,
            connection: connection,
            date: date()
        )
        let sendsBody = head.method != "HEAD" && !hasNoBody
        return Start(bytes: bytes, sendsBody: sendsBody, isChunked: framing == .chunked)
    }

    private func sendStream(
        _ response: HTTPResponse,
        to head: HTTPRequestHead,
        _ number: Int,
        length: Int?,
        next: @Sendable () async throws -> [UInt8]?
    ) async throws {
        guard let start = start(response, to: head, number, length: length) else { return }
        try await write(start.bytes)
        guard start.sendsBody else { return }
        var sent = 0
        while let piece = try await next() {
            guard !piece.isEmpty else { continue }
            sent += piece.count
            if let length, sent > length { throw HTTPServerError(.internalError, "A stream is longer than announced") }
            try await write(start.isChunked ? HTTPResponseEncoder.chunk(piece) : piece)
        }
        if let length, sent < length { throw HTTPServerError(.internalError, "A stream is shorter than announced") }
        if start.isChunked { try await write(HTTPResponseEncoder.lastChunk) }
    }

    private func sendFile(
        _ response: HTTPResponse,
        to head: HTTPRequestHead,
        _ number: Int,
        path: String,
        range: Range<Int>?
    ) async throws {
        let file: FileReader
        do {
            file = try await FileReader.open(path, on: loop)
        } catch let error as EventLoopError where error.code == .notFound {
            let refusal = refusal(HTTPServerError(.notFound, "The file is no longer there"))
            return try await sendBody(of: refusal, to: head, number)
        }
        do {
            let range = range?.clamped(to: 0..<file.length) ?? 0..<file.length
            if let start = start(response, to: head, number, length: range.count) {
                try await write(start.bytes)
                var position = start.sendsBody ? range.lowerBound : range.upperBound
                while position < range.upperBound {
                    let piece = try await file.read(at: position, count: min(262_144, range.upperBound - position))
                    guard !piece.isEmpty else { throw HTTPServerError(.internalError, "The file became shorter") }
                    try await write(piece)
                    position += piece.count
                }
            }
        } catch {
            await file.close()
            throw error
        }
        await file.close()
    }

    /// The answer that ends HTTP on this connection.
    func upgradeHead(_ response: HTTPResponse) -> [UInt8] {
        HTTPResponseEncoder.head(
            status: 101,
            fields: response.headers,
            framing: .none,
            connection: "Upgrade",
            date: date()
        )
    }

    /// Answers and gives the connection away until `body` returns.
    func upgrade(_ head: [UInt8], _ number: Int, _ body: @Sendable (UpgradedConnection) async -> Void) async {
        defer { served(number) }
        guard machine.number == number else { return }
        do {
            try await write(head)
        } catch {
            return wasCut(number, error)
        }
        guard let leftover = machine.handOver(number) else { return }
        leaveHTTP()
        await body(UpgradedConnection(connection: socket, leftover: leftover))
        socket.close()
        handedBack()
    }

    // MARK: Errors

    /// The answer to an error.
    nonisolated func refusal(_ error: HTTPServerError) -> HTTPResponse {
        var headers = error.headers
        headers.append("Content-Type", "text/plain; charset=utf-8")
        return HTTPResponse(
            status: error.code.status == 0 ? 400 : error.code.status,
            headers: headers,
            body: .bytes(Array("\(error.message)\n".utf8))
        )
    }

    /// The bytes of the answer to a request that no handler saw.
    func encodedRefusal(_ error: HTTPServerError) -> [UInt8] {
        let body = Array("\(error.message)\n".utf8)
        let head = HTTPResponseEncoder.head(
            status: error.code.status,
            fields: ["Content-Type": "text/plain; charset=utf-8"],
            framing: .length(body.count),
            connection: "close",
            date: date()
        )
        return head + body
    }
}
