import FoundationEssentials
import HTTPClient
import JSON

extension HTTPClientResponse {
    /// The first value of a header field.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// What `Retry-After` asks for (RFC 9110 §10.2.3), a day at most; nil when it asks for nothing that can be read.
    ///
    /// A date counts from the answer's own `Date`, which is of the same clock; from ours where there is none.
    var retryAfter: Duration? {
        guard let wish = header("Retry-After") else { return nil }
        let now = header("Date").flatMap(RetryAfter.date) ?? Int64(Date().timeIntervalSince1970)
        return RetryAfter.seconds(wish, now: now).map { .seconds(min($0, 86_400)) }
    }
}

extension JSONValue {
    /// A whole number, also when it is written as a string.
    var lenientInt: Int? { int ?? string.flatMap { Int($0) } }
}
