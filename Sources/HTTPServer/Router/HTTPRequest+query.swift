import Cryptography

extension HTTPRequest {
    /// The query's names and values, decoded, in order.
    ///
    /// - Throws: `HTTPServerError` 400 when it cannot be decoded.
    package func queryItems() throws -> [(name: String, value: String)] {
        guard let items = PercentCoding.decodeForm(query ?? "") else {
            throw HTTPServerError(.badRequest, "The query is not percent-encoded UTF-8")
        }
        return items
    }

    /// The first value of a name in the query, decoded.
    package func queryItem(_ name: String) throws -> String? {
        try queryItems().first { $0.name == name }?.value
    }
}
