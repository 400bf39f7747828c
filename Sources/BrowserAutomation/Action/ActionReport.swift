package import JSON

/// What an action did, for the step's result.
package struct ActionReport: Sendable {
    /// What it touched, in the words of a person: `button "Anmelden"`.
    package var touched: String
    /// What was tried, folded.
    package var callLog: [String]
    /// What it read or chose; null when it only acted.
    package var value: JSONValue
    /// Whether the page changed around the element while it handled the gesture; only looked at when asked for.
    package var changedPage = false

    package init(touched: String, callLog: [String] = [], value: JSONValue = .null) {
        self.touched = touched
        self.callLog = callLog
        self.value = value
    }
}
