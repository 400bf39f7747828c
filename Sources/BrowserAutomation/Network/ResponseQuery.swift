/// Which response is waited for.
package struct ResponseQuery: Sendable, Hashable {
    /// Nil: any address.
    package var url: URLPattern?
    /// In capitals; nil: any.
    package var method: String?
    /// Nil: any status.
    package var status: ClosedRange<Int>?

    /// A query.
    package init(url: URLPattern? = nil, method: String? = nil, status: ClosedRange<Int>? = nil) {
        self.url = url
        self.method = method
        self.status = status
    }

    func matches(_ request: NetworkRequest) -> Bool {
        guard let response = request.response else { return false }
        if let method, request.method != method { return false }
        if let status, !status.contains(response.status) { return false }
        return url?.matches(request.url) ?? true
    }

    /// For messages.
    var words: String {
        var words = "a response"
        if let status {
            words +=
                " with status \(status.count == 1 ? "\(status.lowerBound)" : "\(status.lowerBound)–\(status.upperBound)")"
        }
        if let method { words += " to a \(method)" }
        if let url { words += " of \(url)" }
        return words
    }
}
