import BrowserAutomation
import JobModel

extension StepFailure {
    /// The failure with what the network kept from the page meanwhile: to Chromium, a closed door and a lost connection look alike.
    func explained(by problems: [NetworkProblem]) -> StepFailure {
        guard let latest = problems.last else { return self }
        var failure = self
        if [.navigationFailed, .downloadFailed].contains(reason), let sentence = latest.sentence(insteadOf: message) {
            if latest.rule != nil {
                failure.reason = .policyDenied
                failure.isRetryable = false
                failure.mayHaveActed = false
            }
            failure.message = sentence
        }
        failure.callLog += Set(problems.map(\.message)).sorted().prefix(5).map { "kept from the network: \($0)" }
        return failure
    }
}
