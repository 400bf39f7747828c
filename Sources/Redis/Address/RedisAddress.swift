import Cryptography

/// Where a Redis is and who we are there.
package struct RedisAddress: Hashable, Sendable {
    /// How it is reached.
    package enum Endpoint: Hashable, Sendable {
        case tcp(host: String, port: UInt16)
        case unix(path: String)
    }

    /// How it is reached.
    package var endpoint: Endpoint
    /// ACL user; nil for the default one.
    package var user: String?
    /// Password; nil when none is needed.
    package var password: String?
    /// Number of the database.
    package var database: Int

    /// An address in parts.
    package init(_ endpoint: Endpoint, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.endpoint = endpoint
        self.user = user
        self.password = password
        self.database = database
    }

    /// Reads `redis://[[user]:password@]host[:port][/database]` or `unix://[[user]:password@]/path[?db=database]`.
    ///
    /// User and password may be percent-encoded.
    /// - Throws: `RedisError` with `invalidURL`; the message does not repeat the password.
    package init(url: String) throws(RedisError) {
        if url.hasPrefix("redis://") {
            self = try Self.tcp(url.dropFirst(8))
        } else if url.hasPrefix("unix://") {
            self = try Self.unix(url.dropFirst(7))
        } else {
            throw Self.invalid("it must begin with redis:// or unix:// (TLS is not supported)")
        }
    }

    private static func tcp(_ text: Substring) throws(RedisError) -> RedisAddress {
        let authority = text.prefix { $0 != "/" && $0 != "?" }
        let path = text[authority.endIndex...].drop { $0 == "/" }.prefix { $0 != "?" }
        let (user, password, place) = try login(authority)
        var host = place
        var port: UInt16? = 6379
        if let colon = place.lastIndex(of: ":"), !place[colon...].contains("]") {
            host = place[..<colon]
            port = UInt16(place[place.index(after: colon)...])
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw invalid("the host is missing") }
        guard let port, port > 0 else { throw invalid("the port is not a number from 1 to 65535") }
        return RedisAddress(
            .tcp(host: String(host), port: port),
            user: user,
            password: password,
            database: try database(path)
        )
    }

    private static func unix(_ text: Substring) throws(RedisError) -> RedisAddress {
        let bare = text.prefix { $0 != "?" }
        let query = text[bare.endIndex...].drop { $0 == "?" }
        let slash = bare.firstIndex(of: "/") ?? bare.endIndex
        let (user, password, host) = try login(bare[..<slash])
        guard host.isEmpty, bare[slash...].count > 1 else { throw invalid("a unix:// URL needs an absolute path") }
        let number = query.hasPrefix("db=") ? query.dropFirst(3) : query
        return RedisAddress(
            .unix(path: String(bare[slash...])),
            user: user,
            password: password,
            database: try database(number)
        )
    }

    private static func login(_ text: Substring) throws(RedisError) -> (String?, String?, Substring) {
        guard let at = text.lastIndex(of: "@") else { return (nil, nil, text) }
        let login = text[..<at]
        let place = text[text.index(after: at)...]
        guard let colon = login.firstIndex(of: ":") else {
            throw invalid("before @ there must be user:password, or :password for the default user")
        }
        let user = try decoded(login[..<colon])
        return (user.isEmpty ? nil : user, try decoded(login[login.index(after: colon)...]), place)
    }

    private static func database(_ text: Substring) throws(RedisError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), (0...65_535).contains(number) else {
            throw invalid("the database '\(text)' is not a number")
        }
        return number
    }

    private static func decoded(_ text: Substring) throws(RedisError) -> String {
        guard let text = PercentCoding.decode(text) else {
            throw invalid("user or password are not percent-encoded UTF-8: write a percent sign as %25")
        }
        return text
    }

    private static func invalid(_ why: String) -> RedisError {
        RedisError(code: .invalidURL, message: "The Redis URL is not usable: \(why)")
    }
}

extension RedisAddress: CustomStringConvertible {
    /// For messages: without user and password.
    package var description: String {
        switch endpoint {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}
