import EventLoops
import HTTPServer
import JSON

/// How faults show.
extension GraphFixture {
    /// Closes the connection without an answer.
    private static let cut = HTTPServerError(.closed, "The fixture cuts the connection")
    /// Pieces of an answer that trickles.
    private static let pieces = 10

    /// Answers a request, unless its fault comes before that; then shows the fault that comes after.
    func respond(_ request: HTTPRequest, _ body: [UInt8]?, _ fault: FaultRule?) async throws -> HTTPResponse {
        guard let fault else { return act(request, body) }
        switch fault.kind {
        case .answer: return answer(request, fault)
        case .errorInBody: return errorInBody(request)
        case .expired: return answer(request, .unauthorized("Lifetime validation failed, the token is expired."))
        case .challenge: return answer(request, .claimsChallenge(IdentityPlatform.claims(notBefore: now() / 1000)))
        case .cut: throw Self.cut
        case .half:
            if let key = UploadSession.key(in: request.segments) { mail.uploadHalf(key, call(request, body ?? [])) }
            throw Self.cut
        case .delay: try await loop.sleep(for: .milliseconds(fault.delay))
        case .answerAfter, .cutAfter, .cutBody, .truncate, .slow: break
        }
        let response = act(request, body)
        switch fault.kind {
        case .answerAfter: return answer(request, fault)
        case .cutAfter: throw Self.cut
        case .cutBody: return try Self.cut(response)
        case .truncate: return Self.truncated(response)
        case .slow: return slow(response, milliseconds: fault.delay)
        default: return response
        }
    }

    private func answer(_ request: HTTPRequest, _ fault: FaultRule) -> HTTPResponse {
        var failure = GraphFailure(status: fault.status, code: fault.code, message: fault.message)
        if let seconds = fault.retryAfter {
            let date = FixtureClock.rfc5322(now() + Int64(seconds) * 1000).replacing("+0000", with: "GMT")
            failure.headers["Retry-After"] = fault.retryAfterIsDate ? date : String(seconds)
        }
        var response = answer(request, failure)
        guard let body = fault.body else { return response }
        response.headers["Content-Type"] = fault.bodyIsJSON ? "application/json" : "text/html"
        response.body = .bytes(Array(body.utf8))
        return response
    }

    /// 200 has been said already when the error comes (`odata.streaming=true`).
    private func errorInBody(_ request: HTTPRequest) -> HTTPResponse {
        let failure = GraphFailure(
            status: 200,
            code: "InternalServerError",
            message: "The server encountered an error."
        )
        return answer(request, failure)
    }

    private static func truncated(_ response: HTTPResponse) -> HTTPResponse {
        guard case .bytes(let bytes) = response.body, bytes.count > 1 else { return response }
        var response = response
        response.body = .bytes(Array(bytes.prefix(bytes.count / 2)))
        return response
    }

    /// Promises all of the body, sends half of it, then breaks; an answer without a body is lost whole.
    private static func cut(_ response: HTTPResponse) throws -> HTTPResponse {
        guard case .bytes(let bytes) = response.body, bytes.count > 1 else { throw cut }
        let source = PieceSource([Array(bytes.prefix(bytes.count / 2))])
        var response = response
        response.body = .stream(length: bytes.count) {
            guard let piece = await source.next() else { throw cut }
            return piece
        }
        return response
    }

    private func slow(_ response: HTTPResponse, milliseconds: Int) -> HTTPResponse {
        guard case .bytes(let bytes) = response.body, !bytes.isEmpty else { return response }
        let size = (bytes.count + Self.pieces - 1) / Self.pieces
        let starts = stride(from: 0, to: bytes.count, by: size)
        let source = PieceSource(starts.map { Array(bytes[$0..<min($0 + size, bytes.count)]) })
        var response = response
        response.body = .stream(length: bytes.count) { [loop] in
            try await loop.sleep(for: .milliseconds(milliseconds / Self.pieces))
            return await source.next()
        }
        return response
    }

    private actor PieceSource {
        private var pieces: [[UInt8]]
        init(_ pieces: [[UInt8]]) { self.pieces = pieces.reversed() }
        func next() -> [UInt8]? { pieces.popLast() }
    }
}
