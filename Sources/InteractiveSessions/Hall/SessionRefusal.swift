/// Why a caller gets no session now.
package struct SessionRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        /// Too many sessions; coming back later helps.
        case overloaded
        /// The server shuts down.
        case draining
    }

    package var code: Code
    /// How many of what there are, and what to do.
    package var message: String
    /// The message.
    package var description: String { message }
}
