import Cryptography
package import JobModel

/// Signs calls as Standard Webhooks 1.0 says, with a secret of each receiver's own that follows from ours.
package struct WebhookSigner: Sendable {
    /// Who is called.
    package enum Receiver: Sendable {
        /// Whoever takes a tenant's webhooks.
        case webhooks(of: TenantID)
        /// An agent with an endpoint.
        case agent(AgentID)
    }

    private let master: [UInt8]

    /// - Parameter master: at least 32 bytes that nobody else knows.
    package init(master: [UInt8]) {
        precondition(master.count >= 32, "Cannot sign with a short secret")
        self.master = master
    }

    private func secret(of receiver: Receiver) -> [UInt8] {
        let name =
            switch receiver {
            case .webhooks(let tenant): "webhook\n\(tenant.rawValue)"
            case .agent(let agent): "agent\n\(agent.rawValue)"
            }
        return HMAC.sha256(Array(name.utf8), key: master).bytes
    }

    /// What the receiver checks signatures with: `whsec_…`.
    package func reveal(for receiver: Receiver) -> String { "whsec_\(Base64.encode(secret(of: receiver)))" }

    /// The header fields of a call.
    ///
    /// - Parameter time: seconds since 1970.
    package func headers(
        id: String,
        time: Int64,
        body: [UInt8],
        for receiver: Receiver
    ) -> [(name: String, value: String)] {
        let text = Array("\(id).\(time).".utf8) + body
        let signature = Base64.encode(HMAC.sha256(text, key: secret(of: receiver)).bytes)
        return [
            ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", "\(time)"),
            ("webhook-signature", "v1,\(signature)"),
        ]
    }
}
