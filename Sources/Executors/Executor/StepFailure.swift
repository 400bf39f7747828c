package import JobModel

/// Why a task failed: a code for programs, sentences for people.
package struct StepFailure: Error, CustomStringConvertible, Sendable {
    /// The stable word.
    package var reason: ReasonCode
    /// What failed, with which value and where, and what to try next.
    package var message: String
    /// Whether trying again may help (application error) or not (business error, bad input).
    package var isRetryable: Bool
    /// Whether the effect may have happened all the same; only asked of effect steps.
    ///
    /// An effect step that fails so is looked up by `verify` and never repeated blindly. Unless the executor says, the reason
    /// decides: `ReasonCode.leavesEffectInDoubt`.
    package var mayHaveActed: Bool
    /// What was tried, folded.
    package var callLog: [String]
    /// Screenshot and the like.
    package var artifacts: [Artifact]
    /// URL of the page, when there was one.
    package var url: String?
    /// The message.
    package var description: String { message }

    /// A failure.
    package init(
        reason: ReasonCode,
        message: String,
        isRetryable: Bool,
        mayHaveActed: Bool? = nil,
        callLog: [String] = [],
        artifacts: [Artifact] = [],
        url: String? = nil
    ) {
        self.reason = reason
        self.message = message
        self.isRetryable = isRetryable
        self.mayHaveActed = mayHaveActed ?? reason.leavesEffectInDoubt
        self.callLog = callLog
        self.artifacts = artifacts
        self.url = url
    }
}

extension ReasonCode {
    /// Whether a step that failed for this reason may have changed the world: it was stopped, or its answer was lost.
    package var leavesEffectInDoubt: Bool {
        switch self {
        case .timeout, .deadline, .cancelled, .navigationFailed, .dialogOpen, .expectationFailed, .downloadFailed,
            .pageCrashed, .pageClosed, .browserCrashed, .protocolError, .mailUnknownOutcome, .stepInDoubt,
            .internalError:
            true
        default:
            false
        }
    }
}
