package import CDPProtocol

/// What happens to requests in place of the network's answer; for tests, and for pages that need a push.
package struct NetworkRoute: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        /// Answers at once; nothing goes over the network.
        case fulfil(status: Int, headers: [Header], body: [UInt8])
        /// Fails the request.
        case abort(NetworkDomain.ErrorReason)
        /// Sends it changed; a header without value is taken away.
        case modify(headers: [Header], url: String?, method: String?, body: [UInt8]?)
    }

    package struct Header: Sendable, Hashable {
        package var name: String
        package var value: String?

        package init(_ name: String, _ value: String?) {
            self.name = name
            self.value = value
        }
    }

    package var url: URLPattern
    /// In capitals; nil: any.
    package var method: String?
    package var action: Action

    /// A route.
    package init(url: URLPattern, method: String? = nil, action: Action) {
        self.url = url
        self.method = method
        self.action = action
    }

    /// The words of an abort's reason and what Chromium calls them.
    package static let abortReasons: [String: NetworkDomain.ErrorReason] = [
        "failed": .failed, "aborted": .aborted, "timed_out": .timedOut, "access_denied": .accessDenied,
        "connection_closed": .connectionClosed, "connection_reset": .connectionReset,
        "connection_refused": .connectionRefused, "connection_aborted": .connectionAborted,
        "connection_failed": .connectionFailed, "name_not_resolved": .nameNotResolved,
        "internet_disconnected": .internetDisconnected, "address_unreachable": .addressUnreachable,
        "blocked_by_client": .blockedByClient, "blocked_by_response": .blockedByResponse,
    ]
}
