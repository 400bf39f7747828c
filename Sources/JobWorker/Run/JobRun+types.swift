package import Executors
package import JSON
package import JobModel

extension JobRun {
    /// What the shell does next.
    package enum Action: Sendable {
        /// Run a step in a task of its own and hand its end to `ended`.
        case start(Start)
        /// Tell the scheduler.
        case report(StepReport)
        /// Cancel every step at work; their ends still come.
        case cancelSteps
        /// The run is over; no step is at work any more.
        case finish(JobResult)
    }

    /// A step to run.
    package struct Start: Sendable {
        /// What is done with the step.
        package enum Mode: Sendable, Hashable {
            /// Execute it.
            case execute
            /// Journal the intent, wait for the acknowledgement, then execute it.
            case executeEffect
            /// Find out whether it happened.
            case verify
        }

        /// Step and iteration.
        package var place: JobPlan.JournalPlace
        /// What is done.
        package var mode: Mode
        /// Templates filled in.
        package var task: ToDo
        /// Counts from 1.
        package var attempt: Int
        /// Where the page starts again because its session was lost after a `once` step.
        package var resumeAt: String?
        /// Hash of the `for_each` item.
        package var itemHash: String?
    }

    /// How a started step ended.
    package enum End: Sendable {
        /// `execute` returned.
        case done(StepOutcome)
        /// It failed, ran into its deadline or was cancelled; also when `verify` failed.
        case failed(StepFailure)
        /// `verify` answered.
        case verified(Verification)
    }

    /// Why a run is stopped from outside.
    package enum StopReason: Sendable, Hashable {
        /// The user asked.
        case cancelled
        /// The worker shuts down: the job goes back.
        case drain
        /// The worker had no place for it for too long: the job goes back.
        case busy
        /// The lease is gone: nothing may be written any more.
        case lost
    }
}

/// How a run ended.
package enum JobResult: Sendable {
    /// Every task ended well; the job's outputs.
    case done(JSONObject)
    /// It failed, or a human must look.
    case failed(JobFailure)
    /// Given back, and the word that says why: `drain` or `busy` (docs/lam.md).
    case handedBack(String)
    /// The lease was lost: nothing is said about the job.
    case abandoned
}

/// Why a job failed.
package struct JobFailure: Sendable, Hashable {
    /// The stable word.
    package var reason: ReasonCode
    /// What failed, where, what to try.
    package var message: String
    /// The first step that failed.
    package var step: StepID?
    /// Whether another attempt may help.
    package var isRetryable: Bool

    /// A failure.
    package init(reason: ReasonCode, message: String, step: StepID? = nil, isRetryable: Bool) {
        self.reason = reason
        self.message = message
        self.step = step
        self.isRetryable = isRetryable
    }
}
