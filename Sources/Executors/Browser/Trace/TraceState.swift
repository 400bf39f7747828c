import BrowserAutomation
import FoundationEssentials

/// What a session knows of its trace while the job runs.
struct TraceState {
    let mode: TraceMode
    var log: TraceLog
    /// Milliseconds since 1970.
    let startedAt = Int64(Date().timeIntervalSince1970 * 1000)
    /// The latest snapshot of each page: what the next step begins with.
    var lastSnapshots: [String: Int] = [:]
    /// Snapshots on their way.
    var pending: [Int: Task<Void, Never>] = [:]
    /// Every page steps acted on, by its name; closed ones still know their requests.
    var pages: [String: PageSession] = [:]
    /// Of the failure that is being reported.
    var failurePicture: Screenshot?

    init(_ mode: TraceMode) {
        self.mode = mode
        log = TraceLog(limit: mode.limit)
    }
}
