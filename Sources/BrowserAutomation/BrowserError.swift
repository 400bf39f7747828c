import CDP

/// Why something a browser was asked for did not happen.
package struct BrowserError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it was; the raw value is the reason code a job reports.
    package enum Code: String, Sendable, Hashable {
        /// The browser's program does not exist. Install it or correct the path.
        case browserMissing = "browser_missing"
        /// Chromium cannot build its sandbox here. Start as root or allow user namespaces.
        case sandboxUnavailable = "sandbox_unavailable"
        /// The browser process is gone, or never came up. Its last words are in the message.
        case browserCrashed = "browser_crashed"
        /// The page's renderer is gone. A navigation starts a new one.
        case pageCrashed = "page_crashed"
        /// The page was closed, by itself or by us.
        case pageClosed = "page_closed"
        /// Nothing on the page matches the selector.
        case notFound = "not_found"
        /// More than one element matches; the message lists them.
        case ambiguous
        /// The element is there but cannot be seen.
        case notVisible = "not_visible"
        /// The element is disabled.
        case notEnabled = "not_enabled"
        /// The element takes no text, or is read-only.
        case notEditable = "not_editable"
        /// The element does not stop moving.
        case unstable
        /// Something else would get the click; the message names it.
        case coveredBy = "covered_by"
        /// The element cannot be scrolled into view.
        case outsideViewport = "outside_viewport"
        /// The page is not as asserted; the message says what was there instead.
        case expectationFailed = "expectation_failed"
        /// A fault of ours.
        case internalError = "internal_error"
        /// The document was replaced while a call ran in it. Whether the call took effect is unknown.
        case documentReplaced = "navigated"
        /// The element or its frame was removed from the page.
        case detached
        /// The address could not be loaded; the message says why in plain words.
        case navigationFailed = "navigation_failed"
        /// A dialog opened and the policy is to fail.
        case dialogOpen = "dialog_open"
        /// A rule of the operator says no; the message names it.
        case policyDenied = "policy_denied"
        /// The file did not arrive whole.
        case downloadFailed = "download_failed"
        /// The disk has no room for it.
        case storageFull = "storage_full"
        /// It took longer than allowed.
        case timeout
        /// Chromium refused a command, or the page's script threw.
        case protocolError = "protocol_error"
        /// The request itself makes no sense.
        case invalidInput = "invalid_input"
    }

    /// The kind of failure.
    package var code: Code
    /// One sentence: what failed, with which value, what to try.
    package var message: String
    /// What was tried, folded; of actions on elements.
    package var callLog: [String]
    /// Frames of other sites the agent could not look into.
    var framesElsewhere: [FrameElsewhere] = []
    /// The sentence.
    package var description: String { message }

    package init(_ code: Code, _ message: String, callLog: [String] = []) {
        self.code = code
        self.message = message
        self.callLog = callLog
    }

    /// The same failure with earlier lines of the call log.
    func prepending(_ lines: [String]) -> BrowserError {
        var error = self
        error.callLog = lines + callLog
        return error
    }

    /// The same failure in this room's words.
    init(_ error: CDPError) {
        let code: Code =
            switch error.code {
            case .refused, .malformed: .protocolError
            case .timedOut: .timeout
            case .crashed: .pageCrashed
            case .detached: .pageClosed
            case .disconnected: .browserCrashed
            }
        self.init(code, error.message)
    }

    /// Any error as one of ours; a cancellation stays what it is.
    static func wrapping(_ error: any Error) -> any Error {
        switch error {
        case let error as CDPError: BrowserError(error)
        default: error
        }
    }
}
