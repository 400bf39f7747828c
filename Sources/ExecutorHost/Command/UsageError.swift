/// A command line that cannot be understood.
package struct UsageError: Error, Sendable, Hashable {
    /// What is wrong, with the value, and what to write.
    package var message: String
    /// The command whose help says more; nil for the program's own.
    package var command: String?
}
