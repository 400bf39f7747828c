package import CDPProtocol

/// One session of a connection: a page's, or (without id) the browser's own.
///
/// Commands leave in the order they are started.
package struct CDPSession: Sendable {
    /// The connection it belongs to.
    package let connection: CDPConnection
    /// Nil for the browser's own session.
    package let id: TargetDomain.SessionID?

    package init(connection: CDPConnection, id: TargetDomain.SessionID?) {
        self.connection = connection
        self.id = id
    }

    /// Sends a command now; must be called on the connection's loop.
    package func start<Command: CDPCommand>(
        _ command: Command,
        deadline: Duration = CDPConnection.defaultDeadline
    ) -> CDPCall<Command> {
        connection.assumeIsolated { $0.start(command, session: id, deadline: deadline) }
    }

    /// Sends a command whose reply interests nobody; must be called on the connection's loop.
    package func post(_ command: some CDPCommand) {
        connection.assumeIsolated { $0.post(command, session: id) }
    }

    /// Sends a command and waits for its reply; from any thread.
    @discardableResult
    package func call<Command: CDPCommand>(
        _ command: Command,
        deadline: Duration = CDPConnection.defaultDeadline
    ) async throws -> Command.Reply {
        try await connection.start(command, session: id, deadline: deadline).reply()
    }
}
