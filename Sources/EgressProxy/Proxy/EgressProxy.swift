package import EventLoops
package import NetworkPolicy
package import Telemetry

/// The only way out for pages: an HTTP proxy of our own on the loopback interface, with a port for each browser context.
///
/// A name is resolved once, every address it has is checked, and what was checked is connected to. Which tenant's rules hold
/// is known by the port, never by what a page says. Callable from any thread; everything happens on one loop.
package final class EgressProxy: Sendable {
    let loop: EventLoop
    let resolver: any NameResolver
    let logger: Logger
    /// Ports no page may reach.
    package let own: OwnEndpoints
    /// Users whose processes may come; nil for everybody's.
    let users: Set<UInt32>?

    /// - Parameters:
    ///   - resolver: nil for the system's.
    ///   - users: whose processes may come: a door leads where its job may go. Nil for everybody's.
    package init(
        on loop: EventLoop,
        resolver: (any NameResolver)? = nil,
        own: OwnEndpoints = OwnEndpoints(),
        users: Set<UInt32>? = nil,
        logger: Logger = .silent
    ) {
        self.loop = loop
        self.resolver = resolver ?? SystemResolver()
        self.own = own
        self.users = users
        self.logger = logger.with("component", "egress")
    }

    /// Listens on a port of its own; nothing gets out until it is bound to a job.
    ///
    /// - Throws: `EventLoopError`.
    package func openSlot() async throws -> EgressSlot {
        let slot = EgressSlot(of: self)
        try await slot.listen()
        return slot
    }
}
