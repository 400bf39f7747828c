import HTTPSyntax

/// Checks what goes into a request's head, so that a value never becomes a header of its own.
struct RequestHead {
    let method: String
    /// URL without query and user, for messages.
    let place: String
    /// Header lines as libcurl wants them.
    let lines: [String]

    /// By bytes, not letters: every request comes through here.
    ///
    /// - Throws: `HTTPClientError` with `invalidRequest`.
    init(_ request: HTTPClientRequest) throws(HTTPClientError) {
        place = Self.place(of: request.url)
        let scheme = String(Substring(request.url.utf8.prefix { $0 != UInt8(ascii: ":") })).lowercased()
        guard scheme == "http" || scheme == "https", Self.all(request.url, { (0x21...0x7E).contains($0) }) else {
            throw Self.invalid("The URL \(place) is not an absolute http or https URL")
        }
        guard HTTPToken.isToken(request.method.utf8) else {
            throw Self.invalid("'\(request.method)' is not an HTTP method")
        }
        method = request.method
        var lines: [String] = []
        lines.reserveCapacity(request.headers.count + 1)
        for (name, value) in request.headers {
            guard HTTPToken.isToken(name.utf8) else { throw Self.invalid("'\(name)' is not a header name") }
            guard Self.all(value, { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw Self.invalid("The value of header \(name) holds a control character")
            }
            // Without a value the library would remove the header instead.
            lines.append(value.isEmpty ? name + ";" : name + ": " + value)
        }
        // The server's interim answer would cost a second when it does not give one.
        lines.append("Expect:")
        self.lines = lines
    }

    /// Whether a second identical request has the effect of one (RFC 9110 §9.2.2).
    var isIdempotent: Bool { RetryPolicy.idempotentMethods.contains(method) }

    private static func place(of url: String) -> String {
        let (colon, slash) = (UInt8(ascii: ":"), UInt8(ascii: "/"))
        let bare = url.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let scheme = bare.prefix { $0 != colon }
        let authority = bare[scheme.endIndex...].drop { $0 == colon || $0 == slash }.prefix { $0 != slash }
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return String(Substring(bare)) }
        return "\(Substring(scheme))://\(Substring(bare[at...].dropFirst()))"
    }

    private static func all(_ text: String, _ isGood: (UInt8) -> Bool) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isGood) } ?? text.utf8.allSatisfy(isGood)
    }

    private static func invalid(_ message: String) -> HTTPClientError {
        HTTPClientError(code: .invalidRequest, message: message)
    }
}
