/// Why a place on the network was not reached: the rule that says no, for people and for the audit.
package struct EgressDenial: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rules there are; their raw values stand in logs, audit and docs/security.md.
    package enum Rule: String, Sendable, Hashable, CaseIterable {
        // Addresses of pages
        case scheme, userinfo
        case malformedURL = "malformed_url"
        case malformedHost = "malformed_host"
        // Places
        case metadata, reserved, loopback
        case privateAddress = "private"
        case ownPort = "own_port"
        case hostBlocked = "host_blocked"
        case hostNotAllowed = "host_not_allowed"
        case publicAddress = "public"
        // Limits
        case connectionLimit = "connection_limit"
        case byteLimit = "byte_limit"
        // The proxy itself
        case unbound
        case upstreamProxy = "upstream_proxy"
    }

    package var rule: Rule
    /// `host:port`, or the address of a page as far as it may be shown.
    package var place: String
    /// What is wrong with it, as the rest of a sentence that begins with the place.
    package var reason: String

    /// A denial.
    package init(_ rule: Rule, _ place: String, _ reason: String) {
        self.rule = rule
        self.place = place
        self.reason = reason
    }

    /// The place, what is wrong with it, and the rule's name.
    package var description: String { "\(place) \(reason) (rule '\(rule.rawValue)')" }
}
