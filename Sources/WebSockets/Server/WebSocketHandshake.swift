import Cryptography

/// The server's half of the opening handshake (RFC 6455 §4.2), on header fields; HTTP itself happens elsewhere.
package struct WebSocketHandshake: Sendable {
    /// Why the request is not a WebSocket handshake; answer with this status and these fields.
    package struct Refusal: Error, Sendable, CustomStringConvertible {
        /// 426, with what we speak.
        package let status = 426
        /// Fields of the answer.
        package let headers = [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
        /// One sentence.
        package var message: String
        /// The sentence.
        package var description: String { message }
    }

    /// Fields of the 101 answer, without `Connection`.
    package let headers: [(name: String, value: String)]
    /// What the client offered in `Sec-WebSocket-Protocol`, in its order.
    package let offeredProtocols: [String]

    /// Checks a request.
    ///
    /// Extensions are never agreed to: compression would cost memory on every connection.
    /// - Parameters:
    ///   - minorVersion: 1 of HTTP/1.1.
    ///   - subprotocols: what we speak; the first one that was offered is chosen.
    ///   - values: every value of a header field, whatever the case of its name.
    /// - Throws: `Refusal`.
    package init(
        method: String,
        minorVersion: Int,
        subprotocols: [String] = [],
        values: (String) -> [String]
    ) throws(Refusal) {
        func has(_ token: String, in field: String) -> Bool {
            Self.tokens(values(field)).contains { $0.lowercased() == token }
        }
        guard method == "GET", minorVersion == 1 else {
            throw Refusal(message: "WebSockets begin with GET and HTTP/1.1")
        }
        guard has("websocket", in: "Upgrade"), has("upgrade", in: "Connection") else {
            throw Refusal(message: "This path speaks WebSocket: send Upgrade: websocket and Connection: Upgrade")
        }
        guard values("Sec-WebSocket-Version") == ["13"] else {
            throw Refusal(message: "Sec-WebSocket-Version must be 13")
        }
        let keys = values("Sec-WebSocket-Key")
        guard keys.count == 1, let key = keys.first, key.utf8.count == 24, (try? Base64.decode(key))?.count == 16 else {
            throw Refusal(message: "Sec-WebSocket-Key must be 16 bytes in base64")
        }
        var headers = [(name: "Upgrade", value: "websocket"), (name: "Sec-WebSocket-Accept", value: Self.accept(key))]
        offeredProtocols = Self.tokens(values("Sec-WebSocket-Protocol"))
        if let chosen = subprotocols.first(where: offeredProtocols.contains) {
            headers.append((name: "Sec-WebSocket-Protocol", value: chosen))
        }
        self.headers = headers
    }

    /// The answer to a key (RFC 6455 §4.2.2).
    static func accept(_ key: String) -> String {
        SHA1.digest(of: key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").base64
    }

    private static func tokens(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",") }.map { token in
            String(token.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        }
    }
}
