/// How long what has ended is kept; nil for ever. The audit is kept whatever this says.
package struct Retention: Hashable, Sendable {
    /// Jobs with their steps and events, from their end.
    package var jobs: Duration?
    /// Ended jobs at most; the oldest go first.
    package var count: Int?
    /// Files of ended jobs, and files that were sent in and never used.
    package var files: Duration?

    /// Keeps everything.
    package init() {}
}
