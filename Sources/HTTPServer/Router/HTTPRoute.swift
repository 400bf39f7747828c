/// One line of a route table.
package struct HTTPRoute: Sendable {
    /// Answers a request whose path matched.
    package typealias Body = @Sendable (HTTPRequest, HTTPPathParameters) async throws -> HTTPResponse

    /// Method in upper case; a GET route serves HEAD too.
    package var method: String
    /// Path with parameters in braces: `/jobs/{id}`; `{rest...}` at the end takes all remaining segments.
    package var pattern: String
    /// Most bytes of a body; nil for the listener's limit.
    package var bodyLimit: Int?
    /// What its owner calls it.
    package var number: Int
    /// What answers.
    package var body: Body

    /// A line of the table.
    package init(
        _ method: String,
        _ pattern: String,
        number: Int = 0,
        bodyLimit: Int? = nil,
        body: @escaping Body
    ) {
        self.method = method
        self.pattern = pattern
        self.number = number
        self.bodyLimit = bodyLimit
        self.body = body
    }

    func serves(_ method: String) -> Bool { self.method == method || (self.method == "GET" && method == "HEAD") }
}

/// What the braces of a pattern matched, decoded.
package struct HTTPPathParameters: Sendable {
    fileprivate(set) var values: [String: String] = [:]

    /// The value of a parameter that the pattern names.
    package subscript(name: String) -> String {
        guard let value = values[name] else { preconditionFailure("The pattern has no parameter '\(name)'") }
        return value
    }

    mutating func set(_ name: String, _ value: String) { values[name] = value }
}
