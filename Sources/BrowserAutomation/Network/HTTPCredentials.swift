/// The name and password for one site that asks for them by HTTP (basic or digest), and for no other.
package struct HTTPCredentials: Sendable, Hashable {
    /// `https://host` or `https://host:port`.
    package var origin: String
    package var username: String
    package var password: String

    /// Credentials.
    package init(origin: String, username: String, password: String) {
        self.origin = origin.last == "/" ? String(origin.dropLast()) : origin
        self.username = username
        self.password = password
    }
}
