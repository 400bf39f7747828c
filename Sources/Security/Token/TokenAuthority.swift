import JSON
package import Telemetry

/// Checks tokens that an identity provider signed.
///
/// A fetched key set is read again when a token names a key that is not in it, at most once a minute and by one caller
/// at a time, and every ten minutes otherwise. While the provider does not answer the old keys go on, for a day.
package actor TokenAuthority {
    /// Where the keys come from.
    package enum Source: Sendable {
        /// A set that never changes.
        case fixed(TokenKeySet)
        /// Bytes of a set, fetched each time it is asked.
        case fetched(@Sendable () async throws -> [UInt8])
    }

    private static let retryInterval: Int64 = 60_000
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
    /// - Throws: `SecurityError`: `unauthenticated`, or `expiredToken` for one that the provider did sign. Neither tells why; the
    ///   log does.
    package func authenticate(_ text: String) async throws -> Principal {
        do throws(TokenRefusal) {
            guard let token = SignedToken(text) else { throw .form }
            if isStale(for: token) { await refresh() }
            guard let key = keys?.key(token.keyID) else { throw .key }
            return try token.principal(key: key, rules: rules, at: now())
        } catch {
            logger.info("A token was refused", ["reason": error.rawValue])
            throw error.mayBeGuessed ? SecurityError.unauthenticated : SecurityError.expiredToken
        }
    }

    // MARK: Keys

    private func isStale(for token: SignedToken) -> Bool {
        guard case .fetched = source else { return false }
        let time = now()
        if fetched != .min, time - fetched > Self.staleLimit { keys = nil }
        let isWanted = keys?.key(token.keyID) == nil || time - fetched > Self.refreshInterval
        return isWanted && (tried == .min || time - tried >= Self.retryInterval || fetching != nil)
    }

    private func refresh() async {
        if let fetching { return await fetching.value }
        tried = now()
        // Not structured: it serves every caller that waits, and one that goes away must not end it for the others.
        let task = Task { await self.fetch() }
        fetching = task
        await task.value
    }

    private func fetch() async {
        defer { fetching = nil }
        guard case .fetched(let read) = source else { return }
        do {
            keys = try TokenKeySet(parsing: try await read(), takesSecrets: false)
            fetched = now()
            logger.debug("Keys of tokens were fetched", ["keys": "\(keys?.count ?? 0)"])
        } catch {
            logger.warning("The keys of tokens cannot be fetched", ["error": "\(error)"])
        }
    }
}
