import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security

extension Problem {
    /// An error of the rooms below in the client's words; nil when it is not the client's business.
    init?(_ error: any Error) {
        switch error {
        case let error as Problem: self = error
        case let error as SchedulerError: self.init(scheduler: error)
        case let error as InvalidInput: self.init(input: error)
        case let error as SecurityError where error.code == .unauthenticated:
            self.init(status: 401, code: "unauthenticated", detail: error.message)
            headers["WWW-Authenticate"] = "ApiKey realm=\"cpa\""
        case let error as SecurityError where error.code == .refusedToken:
            self.init(status: 401, code: "unauthenticated", detail: error.message)
            headers["WWW-Authenticate"] = "ApiKey realm=\"cpa\", Bearer realm=\"cpa\", error=\"invalid_token\""
        case let error as SecurityError where error.code == .lastKey:
            self.init(status: 409, code: "conflict", detail: error.message)
        case let error as SecurityError where error.code == .keySet:
            self.init(status: 503, code: "unavailable", detail: error.message)
            retryAfter = 5
        case let error as SecurityError where error.code == .expiredToken:
            self.init(status: 401, code: "unauthenticated", detail: error.message)
            headers["WWW-Authenticate"] = "Bearer realm=\"cpa\", error=\"invalid_token\""
        case let error as HTTPServerError where error.code != .closed: self.init(http: error)
        default: return nil
        }
    }

    private init(scheduler error: SchedulerError) {
        self.init(status: error.status, code: error.code.rawValue, detail: error.message)
        errors = error.problems.map(Detail.init)
        reason = error.reason
        switch error.code {
        case .overloaded, .unavailable: retryAfter = 2
        default: break
        }
    }

    init(input: InvalidInput) {
        self.init(
            status: 400,
            code: "invalid_input",
            detail: input.description,
            errors: input.problems.map(Detail.init)
        )
        reason = .invalidInput
    }

    private init(http error: HTTPServerError) {
        let word = error.code == .overloaded ? "overloaded" : Self.word(error.code.status)
        self.init(status: error.code.status, code: word, detail: error.message)
        headers = error.headers
        if [.unavailable, .overloaded, .timeout].contains(error.code) { retryAfter = 1 }
    }

    private static func word(_ status: Int) -> String {
        switch status {
        case 400: "bad_request"
        case 404: "not_found"
        case 405: "method_not_allowed"
        case 408: "timeout"
        case 411: "length_required"
        case 413: "too_large"
        case 426: "upgrade_required"
        case 503: "unavailable"
        default: "http_\(status)"
        }
    }
}

extension Problem.Detail {
    fileprivate init(_ problem: InvalidInput.Problem) {
        self.init(
            pointer: problem.pointer.description,
            line: problem.position?.line,
            column: problem.position?.column,
            detail: problem.message
        )
    }
}
