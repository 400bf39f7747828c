/// The bounds of one session.
package struct SessionLimits: Hashable, Sendable {
    /// Time without a request, and without one at work, after which the session ends.
    package var idle = Duration.seconds(60)
    /// How long a session lives at most.
    package var maximumAge = Duration.seconds(30 * 60)
    /// How long what runs may go on when the session ends by age or shutdown.
    package var grace = Duration.seconds(5)
    /// Requests that run or wait at once; the next is refused.
    package var requests = 16
    /// Pages that tasks may open by naming them.
    package var pages = 8
    /// Bytes of one message from the client; a longer one closes the connection with 1009.
    package var messageBytes = 1 << 20
    /// Bytes of a file that an `artifact` reply holds; larger ones come by their URL.
    package var inlineBytes = 256 << 10
    /// Events that wait for a client that reads slowly; more are dropped and told as a gap.
    package var queuedEvents = 256
    /// Bytes that may wait in the connection before events are held back.
    package var queuedBytes = 256 << 10
    /// How long a client may take to read them.
    package var slowClientTimeout = Duration.seconds(10)
    /// How often the key is looked up again.
    package var keyCheckInterval = Duration.seconds(30)
    /// Time between two signs of life.
    package var pingInterval = Duration.seconds(25)

    /// The defaults.
    package init() {}
}
