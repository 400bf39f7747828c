/// Why a command of the Chrome DevTools Protocol has no reply.
package struct CDPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable, Hashable {
        /// Chromium answered with an error; `protocolCode` and the message are its own.
        case refused
        /// No reply came in time; the command may still take effect.
        case timedOut
        /// The page's renderer crashed: it never answers what was pending. `Page.navigate` revives it.
        case crashed
        /// The session's target is gone: closed by the page, by us, or by the browser.
        case detached
        /// The connection to the browser is lost.
        case disconnected
        /// The reply lacks what the protocol promises.
        case malformed
    }

    /// The kind of failure.
    package var code: Code
    /// JSON-RPC code of a refusal; -32000 for most, -32001 for an unknown session, 0 otherwise.
    package var protocolCode: Int
    /// One sentence.
    package var message: String
    /// The sentence.
    package var description: String { message }

    package init(_ code: Code, _ message: String, protocolCode: Int = 0) {
        self.code = code
        self.message = message
        self.protocolCode = protocolCode
    }
}
