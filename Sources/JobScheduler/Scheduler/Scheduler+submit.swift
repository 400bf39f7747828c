import JSON
import JobModel
package import Security
package import Storage

extension Scheduler {
    /// Submissions one call takes at most.
    package static let bulkLimit = 1_000

    /// Accepts a job: when this returns, it will run.
    ///
    /// - Returns: the job; the one made before when the idempotency key was used for the same submission, or when the
    ///   holder of its unique key is wanted.
    /// - Throws: `SchedulerError`: `invalidInput`, `idempotencyMismatch`, `conflict` (its unique key is taken), `notFound`
    ///   (a file), `storageFull`, `overloaded`.
    package func submit(_ submission: JobSubmission, as caller: Principal) async throws -> JobRecord {
        try await accept(submission, as: caller).job
    }

    /// Accepts a job, and tells whether it is a new one.
    ///
    /// - Throws: as `submit`.
    package func accept(_ submission: JobSubmission, as caller: Principal) async throws -> SubmissionReceipt {
        try check(submission.webhook, of: caller.tenant)
        let offered = try await offering(caller.tenant)
        let prepared = try await prepare(submission, by: caller, offered)
        try await checkRoom()
        let announcer = writer.announcer
        return try await writer.write { try prepared.commit(in: $0, announcing: announcer) }
    }

    /// Refuses what `accept` would refuse, as far as that can be told without the store; accepts nothing.
    ///
    /// - Throws: `SchedulerError`.
    package func check(_ submission: JobSubmission, as caller: Principal) async throws {
        try check(submission.webhook, of: caller.tenant)
        _ = try PreparedSubmission(submission, by: caller, try await offering(caller.tenant), writer.environment)
    }

    /// Accepts many jobs in one transaction.
    ///
    /// - Parameters:
    ///   - isAtomic: whether one that cannot be accepted keeps the others out too.
    ///   - isDoomed: whether others of an atomic call were refused already: all is checked, and nothing accepted.
    /// - Returns: what became of each, in their order.
    /// - Throws: `SchedulerError`; nothing was accepted then. An atomic call throws `BulkRefusal` for those it refuses.
    package func submit(
        _ submissions: [JobSubmission],
        isAtomic: Bool,
        isDoomed: Bool = false,
        as caller: Principal
    ) async throws -> [Result<JobRecord, SchedulerError>] {
        guard (1...Self.bulkLimit).contains(submissions.count) else {
            throw SchedulerError(.invalidInput, "Submit 1 to \(Self.bulkLimit) jobs at once, not \(submissions.count)")
        }
        let offered = try await offering(caller.tenant)
        let prepared = try submissions.map { submission in
            try Self.result {
                try check(submission.webhook, of: caller.tenant)
                return try PreparedSubmission(submission, by: caller, offered, writer.environment)
            }
        }
        try await noteDenials(prepared.compactMap(\.policyDenial), of: caller)
        try await checkRoom()
        let announcer = writer.announcer
        return try await writer.write { transaction in
            var keys = KeysOfCall()
            let results = try prepared.enumerated().map { index, prepared in
                try prepared.flatMap { prepared in
                    let result = try Self.result { try prepared.commit(in: transaction, announcing: announcer).job }
                    switch result {
                    case .success:
                        keys.note(prepared.submission, at: index)
                        return result
                    case .failure(let error):
                        // The job of an earlier one is not kept when all or none was wanted: nobody could look at it.
                        return .failure(isAtomic ? keys.naming(error, of: prepared.submission) : error)
                    }
                }
            }
            if isAtomic, let refusal = BulkRefusal(results, isDoomed: isDoomed) { throw refusal }
            return results
        }
    }

    /// Refuses webhooks that would never be called.
    private func check(_ url: String?, of tenant: TenantID) throws {
        guard let url else { return }
        let problem: String? =
            if let address = WebhookAddress(url) {
                webhooks.refusal(of: address, tenant: tenant)
            } else {
                "is no address that can be called: write https://host/path, without user name and fragment"
            }
        guard let problem else { return }
        throw SchedulerError(
            InvalidInput(problems: [.init(pointer: "/webhook", message: "'\(url.prefix(200))' \(problem)")])
        )
    }

    /// Refuses new work, files and backups while nothing can be written, or the disk is full: what room there is, is for the
    /// records of what runs.
    ///
    /// - Parameter isTrying: for who puts files beside the data before anything is written: asks more of the store.
    /// - Throws: `SchedulerError` with `storageFull`, or why the store takes no writes.
    package func checkRoom(isTrying: Bool = false) async throws {
        try writer.check(isTrying: isTrying)
        guard await writer.environment.hasRoom() else {
            throw SchedulerError(
                .storageFull,
                "The disk of the data directory is full: what was accepted goes on, new jobs, files and backups are taken "
                    + "when there is room; free some, or purge what is not needed any more"
            )
        }
    }

    /// Checks a submission as far as that goes without the store; which rule kept it out is written down.
    func prepare(
        _ submission: JobSubmission,
        by caller: Principal,
        _ offered: SchedulerConfiguration
    ) async throws -> PreparedSubmission {
        do {
            return try PreparedSubmission(submission, by: caller, offered, writer.environment)
        } catch let error as SchedulerError where error.code == .policyDenied {
            try await noteDenials([error], of: caller)
            throw error
        }
    }

    /// Writes down which rules kept submissions out.
    func noteDenials(_ denials: [SchedulerError], of caller: Principal) async throws {
        guard !denials.isEmpty else { return }
        let now = writer.environment.now()
        try await writer.write { transaction in
            for denial in denials {
                try transaction.append(
                    AuditEntry(
                        tenant: caller.tenant,
                        timestamp: now,
                        actor: caller.id,
                        action: "policy.denied",
                        job: nil,
                        detail: ["rule": .string(denial.rule ?? ""), "message": .string(denial.message)]
                    )
                )
            }
        }
    }

    /// What became of one submission; trouble with the store is everybody's.
    private static func result<R>(_ body: () throws -> R) throws -> Result<R, SchedulerError> {
        do {
            return .success(try body())
        } catch let error as SchedulerError where !error.isTransient && error.code != .storageFull {
            return .failure(error)
        }
    }
}

/// Keys of the submissions of one call so far, and where each stands in it.
private struct KeysOfCall {
    private var unique: [String: Int] = [:]
    private var idempotency: [String: Int] = [:]

    mutating func note(_ submission: JobSubmission, at index: Int) {
        if let key = submission.unique?.key { unique[key] = index }
        if let key = submission.idempotencyKey { idempotency[key] = index }
    }

    /// The same refusal, said of the submission that has the key instead of a job nobody can look at.
    func naming(_ error: SchedulerError, of submission: JobSubmission) -> SchedulerError {
        if error.code == .conflict, let key = submission.unique?.key, let index = unique[key] {
            return SchedulerError(
                .conflict,
                "The unique key '\(key)' is that of the submission at position \(index), too: give each its own, or send one"
            )
        }
        if error.code == .idempotencyMismatch, let key = submission.idempotencyKey, let index = idempotency[key] {
            return SchedulerError(
                .idempotencyMismatch,
                "The idempotency key '\(key)' is that of the submission at position \(index), which says something else: give "
                    + "each its own"
            )
        }
        return error
    }
}

/// Why an atomic call accepted nothing.
package struct BulkRefusal: Error {
    /// The submissions that cannot be accepted, by position.
    package var errors: [(index: Int, error: SchedulerError)]

    /// Nil when all were accepted.
    init?(_ results: [Result<JobRecord, SchedulerError>], isDoomed: Bool) {
        errors = results.enumerated().compactMap { index, result in
            if case .failure(let error) = result { (index, error) } else { nil }
        }
        if errors.isEmpty, !isDoomed { return nil }
    }
}

extension Result where Failure == SchedulerError {
    fileprivate var policyDenial: SchedulerError? {
        if case .failure(let error) = self, error.code == .policyDenied { error } else { nil }
    }
}

extension Result {
    fileprivate func flatMap<R>(_ body: (Success) throws -> Result<R, Failure>) rethrows -> Result<R, Failure> {
        switch self {
        case .success(let value): try body(value)
        case .failure(let error): .failure(error)
        }
    }
}
