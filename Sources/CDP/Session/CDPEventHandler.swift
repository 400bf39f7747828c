package import CDPProtocol
package import JSON

/// Takes the events of one session; called synchronously on the connection's loop, in order, must not block.
package protocol CDPEventHandler: AnyObject, Sendable {
    /// Methods it wants; everything else is dropped before its parameters are read.
    nonisolated var subscriptions: Set<String> { get }
    /// One of those events.
    nonisolated func didReceive(_ event: CDPEventMessage)
    /// The session is over; called once, nothing follows. Its pending calls have failed with the same error.
    nonisolated func sessionDidEnd(_ error: CDPError)
}

/// An event as it arrived.
package struct CDPEventMessage: Sendable {
    /// `Domain.event`.
    package var method: String
    /// Its `params`.
    package var parameters: JSONValue

    package init(method: String, parameters: JSONValue) {
        self.method = method
        self.parameters = parameters
    }

    /// The event when it is of that type and can be read, else nil.
    package func `as`<Event: CDPEvent>(_ type: Event.Type) -> Event? {
        method == Event.method ? try? Event(from: parameters) : nil
    }
}
