import JobModel
import MailModel

extension StepFailure {
    /// What a failure of Microsoft Graph means to a step.
    init(_ error: MailError) {
        let (reason, isRetryable): (ReasonCode, Bool) =
            switch error.code {
            case .configuration, .permission: (.mailAuthentication, false)
            case .policy: (.policyDenied, false)
            case .invalidInput: (.invalidInput, false)
            case .notFound, .rejected: (.mailRejected, false)
            case .throttled: (.mailThrottled, true)
            case .unavailable, .malformedAnswer: (.mailUnavailable, true)
            case .unknownOutcome: (.mailUnknownOutcome, false)
            default: (.internalError, false)
            }
        self.init(
            reason: reason,
            message: error.description,
            isRetryable: isRetryable,
            mayHaveActed: error.code == .unknownOutcome
        )
    }
}
