package import JSON

/// A command of the Chrome DevTools Protocol with its parameters.
package protocol CDPCommand: Sendable {
    /// What Chromium answers when it succeeded.
    associatedtype Reply: CDPDecodable
    /// `Domain.command`, as on the wire.
    static var method: String { get }
    /// The members of `params`; absent ones are left out.
    var parameters: JSONObject { get }
}

/// An event of the Chrome DevTools Protocol.
package protocol CDPEvent: CDPDecodable {
    /// `Domain.event`, as on the wire.
    static var method: String { get }
}

/// The answer of a command that answers nothing.
package struct CDPEmptyReply: CDPDecodable {
    package init(from value: JSONValue) {}
}
