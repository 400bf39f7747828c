extension ReasonCode {
    /// What a failure's reason says about trying again.
    package enum Kind: String, Sendable, CaseIterable {
        /// The machinery failed, or the page was not ready: it may pass.
        case application
        /// The answer is no, and would be no again: data, rights, rules.
        case business
        /// The word of a human, a clock or the fence: no policy may try again.
        case final
    }

    /// Its kind; docs/scenarios.md has the same table.
    package var kind: Kind {
        switch self {
        case .notFound, .notVisible, .notEnabled, .notEditable, .unstable, .coveredBy, .outsideViewport, .detached,
            .navigated, .navigationFailed, .dialogOpen, .downloadFailed, .pageCrashed, .pageClosed, .browserCrashed,
            .protocolError, .mailThrottled, .mailUnavailable, .noCapableAgent, .agentFailed,
            .agentLost, .timeout, .noProgress, .ioError, .internalError:
            .application
        case .ambiguous, .expectationFailed, .browserMissing, .sandboxUnavailable, .mailAuthentication,
            .mailRejected, .invalidScenario, .invalidInput, .policyDenied, .noCapableWorker, .artifactMissing,
            .storageFull:
            .business
        case .mailUnknownOutcome, .deadline, .cancelled, .workerLost, .poison, .staleEpoch, .stepInDoubt,
            .pageSessionLost, .dependencyFailed:
            .final
        }
    }
}
