package import JobModel

/// One webhook call as it goes out.
package struct WebhookRequest: Sendable {
    /// Whose it is: what may be called is a matter of the tenant.
    package var tenant: TenantID
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
}

/// What the receiver answered.
package struct WebhookAnswer: Sendable {
    package var status: Int
    /// When it wants to be called again.
    package var retryAfter: Duration?

    /// An answer.
    package init(status: Int, retryAfter: Duration? = nil) {
        self.status = status
        self.retryAfter = retryAfter
    }
}

/// Makes webhook calls; never follows redirects, and calls only addresses that policy allows.
package protocol WebhookTransport: Sendable {
    /// Why such an address is never called, as far as it can be told without asking for its name; nil when it may be.
    func refusal(of address: WebhookAddress, tenant: TenantID) -> String?

    /// Makes one call, within half a minute.
    ///
    /// - Throws: when there is no answer.
    func post(_ request: WebhookRequest) async throws -> WebhookAnswer
}
