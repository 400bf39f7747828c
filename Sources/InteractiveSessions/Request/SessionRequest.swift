package import Executors
package import JSON
package import JobModel

/// What a client asks for in one message; docs/sessions.md lists the members.
package struct SessionRequest: Sendable {
    package enum Order: Sendable {
        /// Lease a context.
        case open(SessionOptions)
        /// Do a task; `json` is the task as it came, for its secrets.
        case task(ToDo, json: JSONObject)
        /// Stop another request.
        case cancel(RequestID)
        /// List the pages.
        case pages
        /// Give back a file.
        case artifact(name: String)
        /// Take a file.
        case put(name: String, contentType: String, bytes: [UInt8])
        /// End the session.
        case close
    }

    package var id: RequestID
    package var order: Order
}

/// How a session's pages behave.
package struct SessionOptions: Sendable, Hashable {
    /// As in a scenario.
    package var browser: JSONObject = [:]
    /// As in a scenario.
    package var onDialog: JSONValue?
    /// As in a scenario.
    package var overlays: [JSONValue] = []
    /// Which events are wanted.
    package var events = SessionOptions.usualEvents
    /// Words of the client's own for the audit.
    package var label: String?

    /// All but the console.
    package static let usualEvents = Set(ExecutorEvent.Kind.allCases).subtracting([.console])
}

/// A message that cannot be done as it is.
package struct UnreadableRequest: Error, Sendable, CustomStringConvertible {
    /// Of the request, when that much could be read.
    package var id: RequestID?
    /// What is wrong, where, and what to write instead.
    package var message: String
    /// The message.
    package var description: String { message }
}
