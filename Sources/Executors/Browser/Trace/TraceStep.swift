import BrowserAutomation
import JSON
import JobModel

/// One step as the trace tells it.
struct TraceStep: Sendable {
    static let consoleLimit = 100

    var id: String
    var action: String
    var page: String
    var selector: String?
    /// When it began.
    var began: ContinuousClock.Instant
    var duration = Duration.zero
    var touched = ""
    var url: String?
    var callLog: [String] = []
    /// Nil when it worked.
    var failure: (reason: ReasonCode, message: String)?
    var console: [ConsoleMessage] = []
    /// Numbers of the page's requests before and after it.
    var requests = (from: 0, to: 0)
    /// Numbers of snapshots.
    var before: Int?
    var after: Int?
    /// As a data URL, when there is one.
    var picture: String?
}
