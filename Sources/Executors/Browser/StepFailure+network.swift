import BrowserAutomation
import JobModel

extension StepFailure {
    /// The failure with what the network kept from the page meanwhile: to Chromium, a closed door and a lost connection look alike.
    func explained(by problems: [NetworkProblem]) -> StepFailure {
        guard let latest = problems.last else { return self }
        var failure = self
        // Whole words of Chromium for a proxy that does not connect.
        let isCause =
            [.navigationFailed, .downloadFailed].contains(reason)
            && ["ERR_TUNNEL", "ERR_CONNECTION", "ERR_EMPTY", "broke off"].contains { message.contains($0) }
        if isCause {
            if latest.rule != nil {
                failure.reason = .policyDenied
                failure.isRetryable = false
                failure.mayHaveActed = false
            }
            failure.message =
                "\(latest.rule == nil ? message : "A policy kept the page from the network"): \(latest.message)"
        }
        failure.callLog += Set(problems.map(\.message)).sorted().prefix(5).map { "kept from the network: \($0)" }
        return failure
    }
}
