/// No answer came from the scheduler: the message may or may not have arrived, and is sent again under its id.
package struct SchedulerUnavailable: Error, Sendable, CustomStringConvertible {
    /// What happened, with the address.
    package var message: String
    /// How long the scheduler asked to wait, when it did.
    package var retryAfter: Duration?
    /// The message.
    package var description: String { message }

    /// An error.
    package init(message: String, retryAfter: Duration? = nil) {
        self.message = message
        self.retryAfter = retryAfter
    }
}
