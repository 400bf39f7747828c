import JSON
package import Telemetry

/// Checks tokens that an identity provider signed.
///
/// A fetched key set is read again when a token names a key that is not in it, at most once a minute and by one caller
/// at a time, and every ten minutes otherwise. Only who names an unknown key waits for it. While the provider does not answer the
/// old keys go on, for a day; while there are none it is asked every five seconds.
package actor TokenAuthority {
    /// Where the keys come from.
    package enum Source: Sendable {
        /// A set that never changes.
        case fixed(TokenKeySet)
        /// Bytes of a set, fetched each time it is asked.
        case fetched(@Sendable () async throws -> [UInt8])
    }

    private static let retryInterval: Int64 = 60_000
    private static let firstRetryInterval: Int64 = 5_000
    private static let refreshInterval: Int64 = 600_000
    private static let staleLimit: Int64 = 86_400_000

    private let rules: TokenRules
    private let source: Source
    /// Milliseconds since 1970.
    private let now: @Sendable () -> Int64
    private let logger: Logger
    private var keys: TokenKeySet?
    private var fetched: Int64 = .min
    private var tried: Int64 = .min
    private var fetching: Task<Void, Never>?
    /// Why the keys could not be fetched the last time.
    private var problem = "nobody has asked for them yet"

    /// An authority.
    ///
    /// - Parameter now: milliseconds since 1970.
    package init(
        rules: TokenRules,
        source: Source,
        now: @escaping @Sendable () -> Int64,
        logger: Logger = .silent
    ) {
        self.rules = rules
        self.source = source
        self.now = now
        self.logger = logger.with("component", "tokens")
        if case .fixed(let keys) = source { self.keys = keys }
    }

    /// Who this token speaks for.
    ///
    /// - Throws: `SecurityError`: `refusedToken`, or `expiredToken` for one that the provider did sign, neither of which tells why;
    ///   the log does. `keySet` while there are no keys to check it with.
    package func authenticate(_ text: String) async throws -> Principal {
        do throws(TokenRefusal) {
            guard let token = SignedToken(text) else { throw .form }
            let key = try await key(of: token)
            return try token.principal(key: key, rules: rules, at: now())
        } catch {
            logger.info("A token was refused", ["reason": error.rawValue])
            guard error != .noKeys else {
                throw SecurityError(
                    code: .keySet,
                    message: "The identity provider's keys cannot be fetched: \(problem); come back in a moment"
                )
            }
            throw error.mayBeGuessed ? SecurityError.refusedToken : SecurityError.expiredToken
        }
    }

    /// Fetches the keys before the first token comes; a failure is in the log.
    package func warmUp() async {
        guard mayFetch else { return }
        await refresh().value
    }

    // MARK: Keys

    private func key(of token: SignedToken) async throws(TokenRefusal) -> TokenKey {
        if fetched != .min, now() - fetched > Self.staleLimit { keys = nil }
        if let key = keys?.key(token.keyID) {
            if fetched != .min, now() - fetched > Self.refreshInterval, mayFetch { _ = refresh() }
            return key
        }
        if mayFetch { await refresh().value }
        guard let keys else { throw .noKeys }
        guard let key = keys.key(token.keyID) else { throw .key }
        return key
    }

    private var mayFetch: Bool {
        guard case .fetched = source else { return false }
        let interval = keys == nil ? Self.firstRetryInterval : Self.retryInterval
        return fetching != nil || tried == .min || now() - tried >= interval
    }

    private func refresh() -> Task<Void, Never> {
        if let fetching { return fetching }
        tried = now()
        // Not structured: it serves every caller that waits, and one that goes away must not end it for the others.
        let task = Task { await self.fetch() }
        fetching = task
        return task
    }

    private func fetch() async {
        defer { fetching = nil }
        guard case .fetched(let read) = source else { return }
        do {
            keys = try TokenKeySet(parsing: try await read(), takesSecrets: false)
            fetched = now()
            logger.debug("Keys of tokens were fetched", ["keys": "\(keys?.count ?? 0)"])
        } catch {
            problem = "\(error)"
            logger.warning("The keys of tokens cannot be fetched", ["error": "\(error)"])
        }
    }
}
