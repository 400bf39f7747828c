import BrowserAutomation

/// What a session knows of its recording while the job runs.
struct RecordingState {
    /// Bytes of frames in memory for one job.
    static let limit = 12 << 20

    let mode: TraceMode
    let start = ContinuousClock.now
    var log = RecordingLog(limit: Self.limit)
}
