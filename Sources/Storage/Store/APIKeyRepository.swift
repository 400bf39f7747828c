package import JobModel

/// Finding API keys.
package protocol APIKeyReading {
    /// The key of that id, or nil; revoked ones too.
    func apiKey(_ id: String) throws -> APIKeyRecord?
    /// A tenant's keys, the newest first.
    func apiKeys(of tenant: TenantID) throws -> [APIKeyRecord]
    /// Whether a key is good for everything: an admin's of the tenant that keeps the house, neither narrowed nor over at `time`.
    ///
    /// - Parameter id: of a key that does not count.
    func hasMasterKey(besides id: String?, at time: Int64) throws -> Bool
}

/// Changing API keys.
package protocol APIKeyWriting {
    /// Adds a key.
    func insert(_ key: APIKeyRecord) throws
    /// Ends a key.
    ///
    /// - Returns: whether there was one that had not ended.
    @discardableResult
    func revokeAPIKey(_ id: String, at time: Int64) throws -> Bool
    /// Notes that a key was seen.
    func noteUse(ofAPIKey id: String, at time: Int64) throws
}
