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
    /// The one before it, while receivers change over.
    private let previous: [UInt8]?

    /// - Parameters:
    ///   - master: at least 32 bytes that nobody else knows.
    ///   - previous: what was `master` before, for receivers that still check with what followed from it; nil when none does.
    package init(master: [UInt8], previous: [UInt8]? = nil) {
        precondition(master.count >= 32 && previous.map { $0.count >= 32 } != false, "Cannot sign with a short secret")
        self.master = master
        self.previous = previous
    }

    private static func secret(of receiver: Receiver, from master: [UInt8]) -> [UInt8] {
        let name =
            switch receiver {
            case .webhooks(let tenant): "webhook\n\(tenant.rawValue)"
            case .agent(let agent): "agent\n\(agent.rawValue)"
            }
        return HMAC.sha256(Array(name.utf8), key: master).bytes
    }

    /// What the receiver checks signatures with from now on: `whsec_…`.
    package func reveal(for receiver: Receiver) -> String {
        "whsec_\(Base64.encode(Self.secret(of: receiver, from: master)))"
    }

    /// The header fields of a call. While receivers change over it has two signatures, the new one first: they take a call
    /// when one of them is right.
    ///
    /// - Parameter time: seconds since 1970.
    package func headers(
        id: String,
        time: Int64,
        body: [UInt8],
        for receiver: Receiver
    ) -> [(name: String, value: String)] {
        let text = Array("\(id).\(time).".utf8) + body
        let signatures = [master, previous].compactMap(\.self).map { master in
            "v1,\(Base64.encode(HMAC.sha256(text, key: Self.secret(of: receiver, from: master)).bytes))"
        }
        return [
            ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", "\(time)"),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}
