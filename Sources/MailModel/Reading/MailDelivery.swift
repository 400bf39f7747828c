/// What became of a sent mail on its way to one receiver.
package struct MailDelivery: Sendable, Hashable {
    /// How far it came.
    package enum Status: String, Sendable, CaseIterable {
        case delivered
        /// The receiver is a list; its members have deliveries of their own.
        case expanded
        /// Nobody knows yet.
        case pending
        case failed, quarantined
        case filteredAsSpam = "filtered_as_spam"
        /// The service has a word for it that is not known here.
        case other
    }

    /// Address of the receiver.
    package var to: String
    package var status: Status
    /// When the service took the mail, RFC 3339.
    package var received: String?

    /// A delivery.
    package init(to: String, status: Status, received: String? = nil) {
        self.to = to
        self.status = status
        self.received = received
    }

    /// Whether it reached the receiver.
    package var hasArrived: Bool { status == .delivered || status == .expanded }
}
