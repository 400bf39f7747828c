import HTTPClient
import JSON

extension HTTPClientResponse {
    /// The first value of a header field.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// `Retry-After` in seconds (RFC 9110 §10.2.3); the date form is not used by Graph and read as no wish.
    var retryAfter: Duration? {
        header("Retry-After").flatMap { Int($0.filter { $0 != " " }) }.map { .seconds(max(0, min($0, 86_400))) }
    }
}

extension JSONValue {
    /// A whole number, also when it is written as a string.
    var lenientInt: Int? { int ?? string.flatMap { Int($0) } }
}
