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
        let prepared: PreparedSubmission
        do {
            prepared = try PreparedSubmission(submission, by: caller, offered, writer.environment)
        } catch let error as SchedulerError where error.code == .policyDenied {
            try await noteDenials([error], of: caller)
            throw error
        }
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
            let results = try prepared.map { prepared in
                try prepared.flatMap { prepared in
                    try Self.result { try prepared.commit(in: transaction, announcing: announcer).job }
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

    /// Refuses new work and files while the disk is full: what room there is, is for the records of what runs.
    func checkRoom() async throws {
        guard await writer.environment.hasRoom() else {
            throw SchedulerError(
                .storageFull,
                "The disk of the data directory is full: what was accepted goes on, new jobs and files are taken when "
                    + "there is room; free some, or purge what is not needed any more"
            )
        }
    }

    /// Writes down which rules kept submissions out.
    private func noteDenials(_ denials: [SchedulerError], of caller: Principal) async throws {
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
