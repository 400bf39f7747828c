import JSON

/// The keys tokens may be signed with: a JSON Web Key Set (RFC 7517).
package struct TokenKeySet: Sendable {
    private static let limit = 100

    /// Keys by `kid`; none has two.
    private var named: [String: TokenKey] = [:]
    private var nameless: [TokenKey] = []

    /// Number of keys.
    package var count: Int { named.count + nameless.count }

    /// Reads a set.
    ///
    /// - Parameter takesSecrets: whether shared secrets may be in it: only in a file of this machine.
    /// - Throws: `SecurityError` with `keySet`.
    package init(parsing bytes: [UInt8], takesSecrets: Bool) throws {
        guard let keys = (try? JSONValue(parsing: bytes))?["keys"]?.array?.compactMap(\.object) else {
            throw SecurityError(code: .keySet, message: "It is no key set: {\"keys\": […]}")
        }
        guard keys.count <= Self.limit else {
            throw SecurityError(code: .keySet, message: "A key set has at most \(Self.limit) keys, not \(keys.count)")
        }
        for jwk in keys {
            guard let key = try TokenKey(jwk: jwk, takesSecrets: takesSecrets) else { continue }
            guard let id = key.id else {
                nameless.append(key)
                continue
            }
            guard named.updateValue(key, forKey: id) == nil else {
                throw SecurityError(code: .keySet, message: "Two keys are called '\(id)'")
            }
        }
        guard count > 0 else {
            throw SecurityError(code: .keySet, message: "It has no key for RS256, ES256 or, in a file, HS256")
        }
    }

    /// The key a token names; without a name the only one there is.
    func key(_ id: String?) -> TokenKey? {
        guard let id else { return count == 1 ? named.values.first ?? nameless.first : nil }
        return named[id]
    }
}
