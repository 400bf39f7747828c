import HTTPSyntax

/// Writes the head of an answer and the framing of its body.
struct HTTPResponseEncoder {
    /// How the client finds the end of the body.
    enum Framing: Equatable {
        /// `Content-Length`.
        case length(Int)
        case chunked
        /// HTTP/1.0 without a length.
        case untilClose
        /// The status has no body (1xx, 204, 304).
        case none
    }

    /// Whether status and fields can be sent: no name or value that could end its line.
    static func canSend(status: Int, fields: HTTPFields) -> Bool {
        (100...599).contains(status)
            && fields.fields.allSatisfy { field in
                var (name, value) = field
                return name.withUTF8 { HTTPToken.isToken($0) }
                    && value.withUTF8 { $0.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) } }
            }
    }

    /// The bytes of status line and header block; trap unless `canSend`.
    static func head(
        status: Int,
        fields: HTTPFields,
        framing: Framing,
        connection: String?,
        date: String
    ) -> [UInt8] {
        precondition(canSend(status: status, fields: fields), "Cannot send a header field that would end its line")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes += "HTTP/1.1 ".utf8
        bytes += String(status).utf8
        bytes.append(0x20)
        bytes += reason(status).utf8
        bytes += "\r\n".utf8
        add("Date", date, to: &bytes)
        for (name, value) in fields.fields where !ours.contains(where: { HTTPFields.equal($0, name) }) {
            add(name, value, to: &bytes)
        }
        switch framing {
        case .length(let length): add("Content-Length", String(length), to: &bytes)
        case .chunked: add("Transfer-Encoding", "chunked", to: &bytes)
        case .untilClose, .none: break
        }
        if let connection { add("Connection", connection, to: &bytes) }
        bytes += "\r\n".utf8
        return bytes
    }

    /// Fields that say how the answer is framed: a handler's are not sent.
    private static let ours = ["date", "content-length", "transfer-encoding", "connection"]

    private static func add(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes += name.utf8
        bytes += ": ".utf8
        bytes += value.utf8
        bytes += "\r\n".utf8
    }

    /// One piece in chunked framing; must not be empty, since that would end the body.
    static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [0x0D, 0x0A]
    }

    /// What ends a chunked body.
    static let lastChunk = Array("0\r\n\r\n".utf8)

    static func reason(_ status: Int) -> String {
        reasons[status] ?? "Status"
    }

    private static let reasons: [Int: String] = [
        101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
        206: "Partial Content", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
        307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
        403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout",
        409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
        414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
        421: "Misdirected Request", 422: "Unprocessable Content", 426: "Upgrade Required", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
        502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
        507: "Insufficient Storage",
    ]
}
