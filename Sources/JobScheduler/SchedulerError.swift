package import JobModel
import Storage

/// Why the scheduler refused something; nothing was changed.
package struct SchedulerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong and what the caller can do about it.
    package enum Code: String, Sendable {
        /// There is no such job, file or key for this caller.
        case notFound = "not_found"
        /// The caller may not do that.
        case forbidden
        /// The job is not in a state that allows it.
        case conflict
        /// The lease the message was sent under is over: stop, write nothing more.
        case staleEpoch = "stale_epoch"
        /// The input cannot be used; `problems` says why.
        case invalidInput = "invalid_input"
        /// The scenario asks for something no worker offers.
        case noCapableWorker = "no_capable_worker"
        /// The idempotency key was used for something else.
        case idempotencyMismatch = "idempotency_mismatch"
        /// The job is not any more what the caller believes.
        case preconditionFailed = "precondition_failed"
        /// A rule of the policies says no; `rule` names it.
        case policyDenied = "policy_denied"
        /// The file is larger than allowed.
        case tooLarge = "too_large"
        /// The disk is full.
        case storageFull = "storage_full"
        /// Too much at once; try again later.
        case overloaded
        /// The store failed.
        case unavailable
    }

    /// What went wrong.
    package var code: Code
    /// One sentence.
    package var message: String
    /// All that is wrong with an input, when that is what was refused.
    package var problems: [InvalidInput.Problem]
    /// The rule that says no, when it is a policy's.
    package var rule: String?
    /// The sentence.
    package var description: String { message }

    /// A refusal.
    package init(_ code: Code, _ message: String, problems: [InvalidInput.Problem] = []) {
        self.code = code
        self.message = message
        self.problems = problems
    }

    /// The HTTP status it has on the wire.
    package var status: Int {
        switch code {
        case .notFound: 404
        case .forbidden, .policyDenied: 403
        case .conflict, .staleEpoch: 409
        case .invalidInput: 400
        case .preconditionFailed: 412
        case .idempotencyMismatch, .noCapableWorker: 422
        case .tooLarge: 413
        case .storageFull: 507
        case .overloaded, .unavailable: 503
        }
    }

    /// Whether the same call may succeed later: nothing was decided.
    package var isTransient: Bool {
        switch code {
        case .overloaded, .unavailable: true
        case .notFound, .forbidden, .policyDenied, .preconditionFailed, .conflict, .staleEpoch, .invalidInput,
            .idempotencyMismatch,
            .noCapableWorker,
            .tooLarge, .storageFull:
            false
        }
    }

    /// The reason code a worker gets.
    package var reason: ReasonCode {
        switch code {
        case .staleEpoch: .staleEpoch
        case .forbidden, .policyDenied: .policyDenied
        case .notFound, .conflict, .preconditionFailed, .invalidInput, .idempotencyMismatch, .tooLarge: .invalidInput
        case .noCapableWorker: .noCapableWorker
        case .storageFull: .storageFull
        case .overloaded, .unavailable: .ioError
        }
    }

    init(_ error: StorageError) {
        let code: Code =
            switch error.code {
            case .storageFull: .storageFull
            case .unavailable: .overloaded
            case .inUse: .unavailable
            case .conflict: .conflict
            case .contentMismatch: .invalidInput
            case .tooLarge: .tooLarge
            case .notFound: .notFound
            case .ioError, .damaged: .unavailable
            }
        self.init(code, error.message)
    }

    init(_ input: InvalidInput) {
        self.init(.invalidInput, input.description, problems: input.problems)
    }

    static func notFound(_ job: JobID) -> SchedulerError {
        SchedulerError(.notFound, "There is no job \(job)")
    }
}
