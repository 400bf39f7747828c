/// A request the service saw.
package struct LoggedRequest: Sendable, Hashable {
    package let method: String
    /// Path and query as sent.
    package let target: String
    /// Whether it carried an `Authorization` header.
    package let hadAuthorization: Bool
    package let contentLength: Int?
    /// What was answered; 0 when the connection was cut.
    package var status: Int
}
