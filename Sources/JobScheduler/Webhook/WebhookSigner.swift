import Cryptography
package import JobModel

/// Signs calls as Standard Webhooks 1.0 says, with a secret of each tenant's own that follows from ours.
package struct WebhookSigner: Sendable {
    private let master: [UInt8]

    /// - Parameter master: at least 32 bytes that nobody else knows.
    package init(master: [UInt8]) {
        precondition(master.count >= 32, "Cannot sign with a short secret")
        self.master = master
    }

    private func secret(of tenant: TenantID) -> [UInt8] {
        HMAC.sha256(Array("webhook\n\(tenant.rawValue)".utf8), key: master).bytes
    }

    /// What a tenant's receivers check signatures with: `whsec_…`.
    package func reveal(for tenant: TenantID) -> String { "whsec_\(Base64.encode(secret(of: tenant)))" }

    /// The header fields of a call.
    ///
    /// - Parameter time: seconds since 1970.
    func headers(id: String, time: Int64, body: [UInt8], tenant: TenantID) -> [(name: String, value: String)] {
        let text = Array("\(id).\(time).".utf8) + body
        let signature = Base64.encode(HMAC.sha256(text, key: secret(of: tenant)).bytes)
        return [
            ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", "\(time)"),
            ("webhook-signature", "v1,\(signature)"),
        ]
    }
}
