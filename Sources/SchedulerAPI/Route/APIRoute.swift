import HTTPServer

/// One line of the API: enough to serve it and to describe it.
package struct APIRoute: Sendable {
    /// Who may call it.
    package enum Access: String, Sendable {
        /// Anyone; details only with a key.
        case open
        /// Callers with a valid key.
        case key
    }

    /// What it takes.
    package enum Input: String, Sendable {
        case none, json, bytes
    }

    /// Method in upper case.
    package let method: String
    /// Path under both roots, parameters in braces.
    package let path: String
    /// One line for people.
    package let summary: String
    /// Who may call it.
    package let access: Access
    /// What body it takes.
    package let input: Input
    /// Names of the query's parameters.
    package let query: [String]
    /// Statuses of its answers when all is well; problems are those of docs/api.md.
    package let statuses: [Int]
    let body: @Sendable (APICall) async throws -> HTTPResponse

    init(
        _ method: String,
        _ path: String,
        _ summary: String,
        access: Access = .key,
        input: Input = .none,
        query: [String] = [],
        statuses: [Int] = [200],
        body: @escaping @Sendable (APICall) async throws -> HTTPResponse
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.access = access
        self.input = input
        self.query = query
        self.statuses = statuses
        self.body = body
    }
}
