import Cryptography
import JSON
import JobModel
package import Security
package import Storage

extension Scheduler {
    /// Accepts a job: when this returns, it will run.
    ///
    /// - Returns: the job; the one made before when the idempotency key was used for the same submission.
    /// - Throws: `SchedulerError`: `invalidInput`, `idempotencyMismatch`, `notFound` (a file), `storageFull`, `overloaded`.
    package func submit(_ submission: JobSubmission, as caller: Principal) async throws -> JobRecord {
        let scenario = submission.merged
        let text = scenario.text()
        guard text.utf8.count <= configuration.scenarioLimit else {
            throw SchedulerError(.tooLarge, "The scenario is larger than \(configuration.scenarioLimit) bytes")
        }
        let job = try job(of: submission, scenario, caller)
        let fingerprint = Self.fingerprint(text, submission)
        let writer = writer
        return try await writer.write { transaction in
            if let key = submission.idempotencyKey,
                let known = try transaction.submission(tenant: caller.tenant, idempotencyKey: key)
            {
                guard known.fingerprint == fingerprint, let job = try transaction.job(known.job) else {
                    throw SchedulerError(
                        .idempotencyMismatch,
                        "The idempotency key '\(key)' was used for another submission, job \(known.job)"
                    )
                }
                return job
            }
            let change = JobChange(submitting: job, by: caller.id)
            try change.save(in: transaction, announcing: writer.announcer)
            if let key = submission.idempotencyKey {
                try transaction.insertSubmission(
                    tenant: caller.tenant,
                    idempotencyKey: key,
                    fingerprint: fingerprint,
                    job: job.id,
                    at: job.submitted
                )
            }
            for (name, sha256) in submission.files {
                guard var file = try transaction.upload(sha256: sha256, tenant: caller.tenant) else {
                    throw SchedulerError(.notFound, "There is no uploaded file with SHA-256 \(sha256) for '\(name)'")
                }
                file.name = name
                try transaction.save(file, of: job.id, tenant: caller.tenant, at: job.submitted)
            }
            return change.job
        }
    }

    private func job(of submission: JobSubmission, _ scenario: JSONObject, _ caller: Principal) throws -> JobRecord {
        if let key = submission.idempotencyKey, !(1...200).contains(key.utf8.count) {
            throw SchedulerError(.invalidInput, "An idempotency key has 1 to 200 bytes, this one \(key.utf8.count)")
        }
        let traits = try ScenarioTraits(submission, offered: configuration.offeredActions)
        for name in submission.files.keys { try ArtifactName.check(name) }
        let now = writer.environment.now()
        var job = JobRecord(
            id: JobID("j" + writer.environment.makeID()),
            tenant: caller.tenant,
            principal: caller.id,
            name: traits.scenario.name,
            scenario: scenario,
            submitted: now
        )
        job.needs = traits.needs
        job.priority = traits.scenario.priority
        job.maxRetries = traits.scenario.maxRetries
        job.timeout = traits.scenario.timeout?.milliseconds
        job.deadline = traits.scenario.deadline
        if let deadline = job.deadline, deadline <= now {
            throw SchedulerError(.invalidInput, "The deadline \(RFC3339.format(deadline)) has passed already")
        }
        if let notBefore = submission.notBefore, notBefore > now {
            job.state = .scheduled
            job.notBefore = notBefore
        }
        return job
    }

    private static func fingerprint(_ scenario: String, _ submission: JobSubmission) -> [UInt8] {
        let files = submission.files.map { "\($0)=\($1)" }.sorted().joined(separator: "\n")
        return SHA256.digest(of: "\(scenario)\n\(submission.notBefore ?? 0)\n\(files)").bytes
    }
}
