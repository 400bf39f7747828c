/// How `cpa` ends, for scripts.
package enum ExitCode: Int32, Sendable {
    case ok = 0
    /// The job or the operation failed.
    case failed = 1
    /// `doctor` found a problem, or a scenario is not valid.
    case problem = 2
    /// The command line is wrong.
    case usage = 64
    /// Something that is needed does not answer: the API, Redis, Chromium.
    case unavailable = 69
    /// A bug.
    case bug = 70
    /// Busy; the same command may work later.
    case tryLater = 75
    case interrupted = 130
    case terminated = 143
}
