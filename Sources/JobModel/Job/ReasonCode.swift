/// Why a job or step did not end well: stable words for programs, with a sentence beside them for people.
///
/// docs/scenarios.md lists each with its cause and remedy.
package enum ReasonCode: String, Sendable, Hashable, CaseIterable, Error {
    // The page
    case notFound = "not_found"
    case ambiguous
    case notVisible = "not_visible"
    case notEnabled = "not_enabled"
    case notEditable = "not_editable"
    case unstable
    case coveredBy = "covered_by"
    case outsideViewport = "outside_viewport"
    case detached
    case navigated
    case navigationFailed = "navigation_failed"
    case dialogOpen = "dialog_open"
    case expectationFailed = "expectation_failed"
    case downloadFailed = "download_failed"
    case pageCrashed = "page_crashed"
    case pageClosed = "page_closed"
    case browserCrashed = "browser_crashed"
    case browserMissing = "browser_missing"
    case sandboxUnavailable = "sandbox_unavailable"
    case protocolError = "protocol_error"
    // The mail
    case mailAuthentication = "mail_authentication"
    case mailRejected = "mail_rejected"
    case mailThrottled = "mail_throttled"
    case mailUnavailable = "mail_unavailable"
    case mailUnknownOutcome = "mail_unknown_outcome"
    // Agents outside
    case noCapableAgent = "no_capable_agent"
    case agentFailed = "agent_failed"
    case agentLost = "agent_lost"
    // The job
    case invalidScenario = "invalid_scenario"
    case invalidInput = "invalid_input"
    case timeout
    case noProgress = "no_progress"
    case deadline
    case cancelled
    case policyDenied = "policy_denied"
    case noCapableWorker = "no_capable_worker"
    case workerLost = "worker_lost"
    case poison
    case staleEpoch = "stale_epoch"
    case stepInDoubt = "step_in_doubt"
    case pageSessionLost = "page_session_lost"
    case dependencyFailed = "dependency_failed"
    case artifactMissing = "artifact_missing"
    case storageFull = "storage_full"
    case ioError = "io_error"
    case internalError = "internal_error"
}
