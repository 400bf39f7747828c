package import HTTPClient

/// Tokens of the application for another of Microsoft's services, such as SMTP and IMAP of Exchange Online.
package struct ApplicationTokens: Sendable {
    private let tokens: TokenProvider

    /// Tokens for the scope of the settings; none is asked for before the first use.
    package init(_ settings: GraphSettings, transport: any HTTPTransport, environment: GraphEnvironment) {
        tokens = TokenProvider(settings, transport: transport, environment: environment)
    }

    /// What goes behind `Bearer`, good for some minutes.
    ///
    /// - Throws: `MailError`, or `CancellationError`.
    package func bearer() async throws -> String { try await tokens.token().value }
}
