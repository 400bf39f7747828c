import JSON
import JobModel
import Security
import Storage

/// An erasure in its transaction: what was found is looked at once more, and what may go goes.
struct ErasureRun {
    let traces: PersonTraces
    let caller: Principal
    let now: Int64
    /// Whether only what would happen is told.
    let isDryRun: Bool
    let transaction: any StoreTransaction
    private(set) var result = AuditErasure()
    /// Hashes of files that nobody has any more, to be removed after the commit.
    private(set) var files: [String] = []

    init(
        _ traces: PersonTraces,
        as caller: Principal,
        at now: Int64,
        isDryRun: Bool,
        in transaction: any StoreTransaction
    ) {
        self.traces = traces
        self.caller = caller
        self.now = now
        self.isDryRun = isDryRun
        self.transaction = transaction
    }

    mutating func run() throws {
        for id in traces.jobs { try choose(id) }
        let isHeld = try transaction.isHeld(nil, tenant: caller.tenant)
        let uploads = try uploads(isHeld: isHeld)
        let keys = try submissions(isHeld: isHeld)
        files = try transaction.files(onlyOf: result.jobs, uploads: uploads, tenant: caller.tenant)
        result.files = files.count
        result.uploads = uploads.count
        result.idempotencyKeys = keys.count
        if !isDryRun {
            for id in result.jobs { try erase(id) }
            try transaction.deleteUploads(uploads, tenant: caller.tenant, at: now)
            try transaction.deleteSubmissions(keys, tenant: caller.tenant)
        }
        try eraseWithoutJob(isHeld: isHeld)
        try changeSettings(isHeld: isHeld)
    }

    // MARK: Jobs

    private mutating func choose(_ id: JobID) throws {
        let job = try transaction.job(id)
        guard job == nil || job?.tenant == caller.tenant else { return }
        if let job, !job.state.isTerminal {
            result.refused.append((id, "it is \(job.state.rawValue); cancel it first"))
            return
        }
        if try transaction.isHeld(id, tenant: caller.tenant) {
            result.refused.append((id, "a legal hold keeps it"))
            return
        }
        if job == nil, try transaction.audit(about: id, limit: 1).first?.tenant != caller.tenant { return }
        result.jobs.append(id)
    }

    private mutating func erase(_ id: JobID) throws {
        let isThere = try transaction.job(id) != nil
        let records = try transaction.destroyAuditKeys(of: id, tenant: caller.tenant, at: now)
        if isThere { try transaction.deleteJob(id, at: now) }
        result.records += records
        try append(id, records, ["job_removed": .bool(isThere)])
    }

    // MARK: What goes along

    /// Uploads named after the person, and those that were for these jobs alone: each would keep its file.
    private func uploads(isHeld: Bool) throws -> [String] {
        guard !isHeld else { return [] }
        let own = try transaction.uploads(onlyOf: result.jobs, tenant: caller.tenant)
        return Set(own + traces.uploads).sorted()
    }

    /// Idempotency keys that may name somebody. The others say nothing but that they were used, and go on saying it: a client
    /// that repeats its submission must not make the job again.
    private func submissions(isHeld: Bool) throws -> [String] {
        guard !isHeld else { return [] }
        let made = try transaction.submissions(of: result.jobs, tenant: caller.tenant)
        if !isDryRun {
            let kept = made.filter { !$0.mayName }.map(\.key)
            try transaction.forgetFingerprints(of: kept, tenant: caller.tenant)
        }
        let isRefused = Set(result.refused.map(\.job))
        let naming = traces.submissions.filter { !isRefused.contains($0.job) }.map(\.key)
        return Set(made.filter(\.mayName).map(\.key) + naming).sorted()
    }

    /// Messages about no job, and what is personal in records about none; a hold on everything keeps them.
    private mutating func eraseWithoutJob(isHeld: Bool) throws {
        guard let person = traces.person else { return }
        guard !isHeld else {
            result.heldMessages = traces.messages.count
            return
        }
        result.messages = traces.messages.count
        guard !isDryRun else { return }
        try transaction.deleteMessages(traces.messages, tenant: caller.tenant)
        let records = try transaction.destroyJoblessAuditKeys(naming: person, tenant: caller.tenant, at: now)
        result.records += records
        guard records + result.messages + result.uploads + result.idempotencyKeys > 0 else { return }
        let more: JSONObject = [
            "messages": JSONValue(result.messages), "uploads": JSONValue(result.uploads),
            "idempotency_keys": JSONValue(result.idempotencyKeys),
        ]
        try append(nil, records, more)
    }

    // MARK: What people set up

    /// What somebody lives by is named. A pause needs no note, and a key that has ended no name.
    private mutating func changeSettings(isHeld: Bool) throws {
        let settings = traces.settings
        result.schedules = settings.schedules
        result.agents = settings.agents
        result.holds = settings.holds
        for id in settings.keys {
            guard let key = try transaction.apiKey(id) else { continue }
            let hasEnded = key.revoked != nil || key.expires.map { $0 <= now } ?? false
            guard hasEnded else {
                result.keys.append(id)
                continue
            }
            if !isDryRun, !isHeld { try transaction.forgetName(ofAPIKey: id) }
        }
        guard !isHeld else { return }
        for tenant in settings.pauses {
            var policy = try transaction.policy(of: tenant)
            guard policy.pause?.note != nil else { continue }
            result.notes += 1
            policy.pause?.note = nil
            if !isDryRun { try transaction.save(policy, at: now) }
        }
    }

    private func append(_ job: JobID?, _ records: Int, _ more: JSONObject) throws {
        try transaction.append(
            AuditEntry(
                tenant: caller.tenant,
                timestamp: now,
                actor: caller.id,
                action: "audit.erased",
                job: job,
                detail: (["records": JSONValue(records)] as JSONObject).merging(more)
            )
        )
    }
}
