import HTTPSyntax

extension HTTPRequestHead {
    /// Reads a request line, without its CRLF.
    ///
    /// RFC 9112 §3, origin form, and absolute form as proxies are sent it. Version is judged before target, so that `PRI * HTTP/2.0` is 505.
    init(requestLine line: ArraySlice<UInt8>) throws(HTTPServerError) {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw HTTPServerError(.badRequest, "The request line is not METHOD SP TARGET SP VERSION")
        }
        minorVersion = try Self.minorVersion(parts[2])
        let (host, target) = try Self.split(parts[1])
        authority = host
        method = String(decoding: parts[0], as: UTF8.self)
        if let mark = target.firstIndex(of: 0x3F) {
            path = String(decoding: target[..<mark], as: UTF8.self)
            query = String(decoding: target[(mark + 1)...], as: UTF8.self)
        } else {
            path = String(decoding: target, as: UTF8.self)
        }
        fields = []
        contentLength = 0
        isChunked = false
        expectsContinue = false
        keepsAlive = minorVersion == 1
    }

    /// What is asked for, and of whom when the target says so (§3.2.2).
    private static func split(
        _ target: ArraySlice<UInt8>
    ) throws(HTTPServerError) -> (authority: String?, origin: ArraySlice<UInt8>) {
        guard target.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw HTTPServerError(.badRequest, "The request target is not of visible ASCII")
        }
        if target.first == 0x2F { return (nil, target) }
        let beginning = String(decoding: target.prefix(8), as: UTF8.self).lowercased()
        guard let scheme = ["http://", "https://"].first(where: { beginning.hasPrefix($0) }) else {
            throw HTTPServerError(
                .badRequest,
                "The request target is neither a path beginning with / nor http://host/path"
            )
        }
        let rest = target.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != 0x2F && $0 != 0x3F }
        guard !authority.isEmpty, authority.allSatisfy(isHostByte) else {
            throw HTTPServerError(.badRequest, "The request target names no host with an optional port")
        }
        let origin = rest.dropFirst(authority.count)
        let hasPath = origin.first == 0x2F
        return (String(decoding: authority, as: UTF8.self), hasPath ? origin : ArraySlice([0x2F] + origin))
    }

    private static func minorVersion(_ bytes: ArraySlice<UInt8>) throws(HTTPServerError) -> Int {
        let digits = 0x30...0x39 as ClosedRange<UInt8>
        guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8) else {
            throw HTTPServerError(.badRequest, "The request line does not end in HTTP/1.1")
        }
        let (major, dot, minor) = (bytes[bytes.endIndex - 3], bytes[bytes.endIndex - 2], bytes[bytes.endIndex - 1])
        guard digits.contains(major), dot == 0x2E, digits.contains(minor) else {
            throw HTTPServerError(.badRequest, "The request line does not end in HTTP/1.1")
        }
        guard major == 0x31, minor <= 0x31 else {
            throw HTTPServerError(.versionNotSupported, "Only HTTP/1.1 and HTTP/1.0 are spoken here")
        }
        return Int(minor - 0x30)
    }

    /// Reads one header line, without its CRLF, and adds it.
    mutating func append(fieldLine line: ArraySlice<UInt8>) throws(HTTPServerError) {
        guard line.first != 0x20, line.first != 0x09 else {
            throw HTTPServerError(.badRequest, "A header line begins with white space (folding is not accepted)")
        }
        guard let colon = line.firstIndex(of: 0x3A), HTTPToken.isToken(line[..<colon]) else {
            throw HTTPServerError(.badRequest, "A header line is not NAME: VALUE")
        }
        let name = String(decoding: line[..<colon], as: UTF8.self)
        let value = line[(colon + 1)...].trimmingBlanks()
        if let single = SingleField(rawValue: name.lowercased()) {
            try check(single, value)
        } else if name.utf8.count == 10, name.lowercased() == "connection" {
            readConnection(value)
        }
        fields.append(name, String(decoding: value, as: UTF8.self))
    }

    /// Fields that decide framing, routing or authority: a second one is a sign of smuggling.
    private enum SingleField: String {
        case host
        case contentLength = "content-length"
        case transferEncoding = "transfer-encoding"
        case expect
        case authorization
        case apiKey = "x-api-key"
        case idempotencyKey = "idempotency-key"
        case webSocketKey = "sec-websocket-key"
        case webSocketVersion = "sec-websocket-version"
        case origin
        case upgrade
        case contentType = "content-type"
        case contentRange = "content-range"
    }

    private mutating func check(_ field: SingleField, _ value: ArraySlice<UInt8>) throws(HTTPServerError) {
        guard fields[field.rawValue] == nil else {
            throw HTTPServerError(.badRequest, "The header field \(field.rawValue) is sent twice")
        }
        switch field {
        case .host:
            guard !value.isEmpty, value.allSatisfy(isHostByte) else {
                throw HTTPServerError(.badRequest, "The Host field is not a host name with an optional port")
            }
        case .contentLength:
            guard !value.isEmpty, value.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw HTTPServerError(.badRequest, "Content-Length is not a decimal number")
            }
            guard value.count <= 10, let length = Int(String(decoding: value, as: UTF8.self)) else {
                throw HTTPServerError(.payloadTooLarge, "Content-Length has more than ten digits")
            }
            contentLength = length
        case .transferEncoding:
            guard value.count == 7, String(decoding: value, as: UTF8.self).lowercased() == "chunked" else {
                throw HTTPServerError(.notImplemented, "The only transfer coding accepted is chunked")
            }
            isChunked = true
        case .expect:
            guard String(decoding: value, as: UTF8.self).lowercased() == "100-continue" else {
                throw HTTPServerError(.expectationFailed, "The only expectation accepted is 100-continue")
            }
            // RFC 9110 §10.1.1: an HTTP/1.0 client cannot mean it.
            expectsContinue = minorVersion == 1
        case .authorization, .apiKey, .idempotencyKey, .webSocketKey, .webSocketVersion, .origin, .upgrade,
            .contentType, .contentRange:
            break
        }
    }

    private mutating func readConnection(_ value: ArraySlice<UInt8>) {
        for option in String(decoding: value, as: UTF8.self).lowercased().split(separator: ",") {
            switch option.filter({ $0 != " " && $0 != "\t" }) {
            case "close": keepsAlive = false
            case "keep-alive" where minorVersion == 0 && fields["connection"] == nil: keepsAlive = true
            default: break
            }
        }
    }

    /// Checks what only the whole block shows.
    mutating func finish() throws(HTTPServerError) {
        if minorVersion == 1, fields["host"] == nil {
            throw HTTPServerError(.badRequest, "The Host field is missing")
        }
        if let authority { fields["host"] = authority }
        if isChunked {
            guard fields["content-length"] == nil else {
                throw HTTPServerError(.badRequest, "Both Content-Length and Transfer-Encoding were sent")
            }
            guard minorVersion == 1 else {
                throw HTTPServerError(.badRequest, "Transfer-Encoding was sent with HTTP/1.0")
            }
            contentLength = nil
        }
        if hasBody, method == "GET" || method == "HEAD" {
            throw HTTPServerError(.badRequest, "\(method) takes no body")
        }
        if !hasBody { expectsContinue = false }
    }
}

/// Whether the byte may stand in a host with port: letters, digits, `-._~`, brackets and colons of IPv6.
private func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x3A, 0x41...0x5B, 0x5D, 0x5F, 0x61...0x7A, 0x7E, 0x2D, 0x2E: true
    default: false
    }
}

extension ArraySlice<UInt8> {
    /// Without the spaces and tabs around it.
    func trimmingBlanks() -> ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, first == 0x20 || first == 0x09 { slice = slice.dropFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice = slice.dropLast() }
        return slice
    }
}
