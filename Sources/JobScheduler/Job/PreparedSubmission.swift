import Cryptography
import JSON
import JobModel
import Security
import Storage

/// A submission that was checked as far as that goes without the store.
struct PreparedSubmission: Sendable {
    let submission: JobSubmission
    let job: JobRecord
    /// What it says, for its idempotency key; empty without one.
    private let fingerprint: [UInt8]

    /// - Throws: `SchedulerError`: `invalidInput`, `noCapableWorker`, `tooLarge`.
    init(
        _ submission: JobSubmission,
        by caller: Principal,
        _ configuration: SchedulerConfiguration,
        _ environment: SchedulerEnvironment
    ) throws {
        let policy = configuration.policies.check(for: caller.tenant)
        let submission = try Self.admitted(submission, by: policy)
        let scenario = StoredJSON(submission.merged)
        guard scenario.text.utf8.count <= configuration.scenarioLimit else {
            throw SchedulerError(.tooLarge, "The scenario is larger than \(configuration.scenarioLimit) bytes")
        }
        try Self.check(submission.idempotencyKey, "An idempotency key")
        try Self.check(submission.unique?.key, "A unique key")
        for name in submission.files.keys { try ArtifactName.check(name) }
        let traits = try ScenarioTraits(submission, offered: configuration.offeredActions)
        try Self.check(traits.scenario, by: policy, submission.places)
        let now = environment.now()
        if let deadline = traits.scenario.deadline, deadline <= now {
            throw SchedulerError.member(
                submission.places.place(of: "/deadline"),
                "the deadline \(RFC3339.format(deadline)) has passed already; give a time to come"
            )
        }
        try Self.checkOrder(submission.notBefore, traits.scenario.deadline, submission.places)
        self.submission = submission
        job = Self.job(traits, submission, scenario, caller, JobID("j" + environment.makeID()), at: now)
        fingerprint = submission.idempotencyKey == nil ? [] : Self.fingerprint(submission)
    }

    /// Writes the job, unless a key says that there is one already; checks everything before it writes anything.
    ///
    /// - Returns: the job; one made before when a key leads to it.
    /// - Throws: `SchedulerError`: `idempotencyMismatch`, `conflict`, `notFound` (a file); nothing was written then.
    func commit(in transaction: any StoreTransaction, announcing announcer: Announcer) throws -> SubmissionReceipt {
        if let known = try knownJob(in: transaction) { return SubmissionReceipt(job: known, isNew: false) }
        let files = try files(in: transaction)
        if let unique = submission.unique,
            let holder = try transaction.activeJob(tenant: job.tenant, uniqueKey: unique.key)
        {
            guard unique.conflict != .existing else {
                try remember(holder.id, in: transaction)
                return SubmissionReceipt(job: holder, isNew: false)
            }
            try replace(holder, unique, in: transaction, announcing: announcer)
        }
        let change = JobChange(submitting: job, by: job.principal, provenance: submission.provenance)
        let new = try change.save(in: transaction, announcing: announcer)
        try remember(job.id, in: transaction)
        for file in files {
            try transaction.save(file, of: job.id, tenant: job.tenant, isSubmitted: true, at: job.submitted)
        }
        return SubmissionReceipt(job: new, isNew: true)
    }

    // MARK: Keys

    private func knownJob(in transaction: any StoreTransaction) throws -> JobRecord? {
        guard let key = submission.idempotencyKey,
            let known = try transaction.submission(tenant: job.tenant, idempotencyKey: key)
        else { return nil }
        // An erasure forgets what was said under a key, not that it was used.
        guard known.fingerprint.isEmpty || known.fingerprint == fingerprint else {
            throw SchedulerError(
                .idempotencyMismatch,
                "The idempotency key '\(key)' was used for another submission, job \(known.job)"
            )
        }
        guard let job = try transaction.job(known.job) else {
            throw SchedulerError(
                .conflict,
                "The idempotency key '\(key)' made job \(known.job), which has been removed: nothing was run. To run it again, "
                    + "submit it with another key"
            )
        }
        return job
    }

    private func remember(_ id: JobID, in transaction: any StoreTransaction) throws {
        guard let key = submission.idempotencyKey else { return }
        try transaction.insertSubmission(
            tenant: job.tenant,
            idempotencyKey: key,
            fingerprint: fingerprint,
            job: id,
            at: job.submitted
        )
    }

    private func replace(
        _ holder: JobRecord,
        _ unique: UniqueKey,
        in transaction: any StoreTransaction,
        announcing announcer: Announcer
    ) throws {
        var change = JobChange(holder, at: job.submitted, by: job.principal)
        guard unique.conflict == .replace, change.replaced(by: job.id) else {
            throw SchedulerError(
                .conflict,
                "The unique key '\(unique.key)' is held by job \(holder.id), which is \(holder.state.rawValue)"
            )
        }
        try change.save(in: transaction, announcing: announcer)
    }

    // MARK: Policy

    /// The submission with the values of its variables as the policy lets them in.
    private static func admitted(_ submission: JobSubmission, by policy: PolicyCheck) throws -> JobSubmission {
        var submission = submission
        do throws(PolicyDenial) {
            let given = try policy.admit(variables: submission.variables)
            if given != submission.variables { submission.variables = given }
            if let own = submission.scenario["variables"]?.object {
                let admitted = try policy.admit(variables: own)
                if admitted != own { submission.scenario["variables"] = .object(admitted) }
            }
        } catch {
            let pointer = JSONPointer(["variables"] + [error.field].compactMap(\.self))
            throw refusal([(submission.places.place(of: pointer), error)])
        }
        return submission
    }

    private static func check(_ scenario: Scenario, by policy: PolicyCheck, _ places: SubmissionPlaces) throws {
        let denials = policy.denials(of: scenario)
        if !denials.isEmpty { throw refusal(denials.map { (places.place(of: $0.pointer), $0.denial) }) }
    }

    private static func refusal(_ denials: [(pointer: JSONPointer, denial: PolicyDenial)]) -> SchedulerError {
        let problems = denials.prefix(InvalidInput.limit).map {
            InvalidInput.Problem(pointer: $0.pointer, message: $0.denial.description)
        }
        var error = SchedulerError(.policyDenied, InvalidInput(problems: problems).description, problems: problems)
        error.rule = denials.first?.denial.rule
        return error
    }

    // MARK: Parts

    private func files(in transaction: any StoreTransaction) throws -> [Artifact] {
        try submission.files.sorted { $0.key < $1.key }.map { name, sha256 in
            guard var file = try transaction.upload(sha256: sha256, tenant: job.tenant) else {
                throw SchedulerError(.notFound, "There is no uploaded file with SHA-256 \(sha256) for '\(name)'")
            }
            file.name = name
            return file
        }
    }

    /// A job that may not start before it must be over would only fail.
    private static func checkOrder(_ notBefore: Int64?, _ deadline: Int64?, _ places: SubmissionPlaces) throws {
        guard let notBefore, let deadline, deadline <= notBefore else { return }
        let message =
            "\(RFC3339.format(notBefore)) is not before the scenario's deadline \(RFC3339.format(deadline)): the job could "
            + "never run; name an earlier time, or a later deadline"
        throw SchedulerError.member(places.place(ofMember: "not_before"), message)
    }

    private static func check(_ key: String?, _ what: String) throws {
        let limit = JobSubmission.keyLimit
        guard let key, !(1...limit).contains(key.utf8.count) else { return }
        throw SchedulerError(.invalidInput, "\(what) has 1 to \(limit) bytes, this one \(key.utf8.count)")
    }

    private static func job(
        _ traits: ScenarioTraits,
        _ submission: JobSubmission,
        _ scenario: StoredJSON,
        _ caller: Principal,
        _ id: JobID,
        at now: Int64
    ) -> JobRecord {
        var job = JobRecord(
            id: id,
            tenant: caller.tenant,
            principal: caller.id,
            name: traits.scenario.name,
            scenario: scenario,
            submitted: now
        )
        job.needs = traits.needs
        job.intent = traits.scenario.intent
        job.priority = traits.scenario.priority
        job.maxRetries = traits.scenario.maxRetries
        job.timeout = traits.scenario.timeout?.milliseconds
        job.noProgress = traits.scenario.noProgress?.milliseconds
        job.deadline = traits.scenario.deadline
        job.uniqueKey = submission.unique?.key
        job.origin = submission.origin
        job.webhook = submission.webhook
        if let notBefore = submission.notBefore, notBefore > now {
            job.state = .scheduled
            job.notBefore = notBefore
        }
        return job
    }

    /// The order of members does not count: clients' libraries do not keep it.
    private static func fingerprint(_ submission: JobSubmission) -> [UInt8] {
        let scenario = JSONValue.object(submission.merged).text(.canonical)
        let files = submission.files.map { "\($0)=\($1)" }.sorted().joined(separator: "\n")
        let unique = submission.unique.map { "\n\($0.conflict.rawValue) \($0.key)" } ?? ""
        let webhook = submission.webhook.map { "\n\($0)" } ?? ""
        return SHA256.digest(of: "\(scenario)\n\(submission.notBefore ?? 0)\n\(files)\(unique)\(webhook)").bytes
    }
}
