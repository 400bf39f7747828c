import JobModel

/// Names a session; made by the server, not guessable.
package struct SessionID: StringIdentifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}
