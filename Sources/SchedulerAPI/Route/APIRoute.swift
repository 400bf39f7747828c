import HTTPServer
package import Security

/// One line of the API: enough to serve it, to guard it, to describe it and to test it.
package struct APIRoute: Sendable {
    /// Who may call it.
    package enum Access: Sendable, Hashable {
        /// Anyone; nobody is asked for a key.
        case open
        /// Anyone; details only with a key.
        case openWithDetails
        /// Callers of at least that role, unless their key is narrowed to other scopes than these; where several open the route,
        /// its body says what each is for.
        case needs(Role, Scope, or: [Scope] = [])
    }

    /// Method in upper case.
    package let method: String
    /// Path under both roots, parameters in braces.
    package let path: String
    /// One line for people.
    package let summary: String
    /// Who may call it.
    package let access: Access
    /// Path, query and header parameters; a query parameter that is not here is refused.
    package let parameters: [APIParameter]
    /// What body it takes; nil for none.
    package let input: APIInput?
    /// Its answers when all is well.
    package let answers: [APIAnswer]
    /// Statuses of its problems, beside those that every route has.
    private let ownProblems: [Int]
    let body: @Sendable (APICall) async throws -> HTTPResponse

    init(
        _ method: String,
        _ path: String,
        _ summary: String,
        _ access: Access,
        parameters: [APIParameter] = [],
        input: APIInput? = nil,
        answers: [APIAnswer],
        problems: [Int] = [],
        body: @escaping @Sendable (APICall) async throws -> HTTPResponse
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.access = access
        self.parameters = Self.names(in: path).map(APIParameter.path) + parameters
        self.input = input
        self.answers = answers
        ownProblems = problems
        self.body = body
    }

    /// Whether anyone may call it.
    var isOpen: Bool { access == .open || access == .openWithDetails }

    /// Whether it leads to a WebSocket.
    var isWebSocket: Bool { answers.contains { $0.status == 101 } }

    /// What the route is about: the first word of its path, behind `ws`.
    package var subject: String {
        let words = path.split(separator: "/").map(String.init)
        return words.first == "ws" ? words[1] : words[0]
    }

    /// Statuses of problems it can answer.
    package var problems: Set<Int> {
        var statuses = Set(ownProblems).union([400, 429, 500, 503])
        if !isOpen { statuses.formUnion([401, 403]) }
        if parameters.contains(where: { $0.place == .path }) { statuses.insert(404) }
        if input != nil { statuses.formUnion([408, 411, 413, 415]) }
        return statuses
    }

    /// Whether a query parameter of that name is read.
    func hasQuery(_ name: String) -> Bool { parameters.contains { $0.place == .query && $0.name == name } }

    /// Whether a header field of that name is read.
    func hasHeader(_ name: String) -> Bool { parameters.contains { $0.place == .header && $0.name == name } }

    private static func names(in path: String) -> [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
}
