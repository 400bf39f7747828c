package import Executors
package import JSON
package import JobModel

/// The job as the scheduler hands it over in the acknowledgement of `agree`.
package struct Assignment: Sendable {
    /// The job.
    package var job: JobID
    /// Its tenant.
    package var tenant: TenantID
    /// The scenario as submitted.
    package var scenario: JSONObject
    /// Counts the fresh runs, from 0; a scheduler that does not say has none.
    package var run: Int
    /// Counts from 1.
    package var attempt: Int
    /// Milliseconds since 1970 by which the job must be over.
    package var deadline: Int64?
    /// Milliseconds since 1970 at which the job was submitted.
    package var submitted: Int64?
    /// Rows of earlier attempts.
    package var journal: [JobPlan.JournalPlace: JobPlan.JournalRow]
    /// Files of earlier attempts and uploaded with the job.
    package var artifacts: [Artifact]

    /// Reads the acknowledgement.
    ///
    /// - Throws: `StepFailure` with `internal_error` that names the member that is wrong.
    package init(acknowledgement: JSONObject) throws(StepFailure) {
        guard let job = acknowledgement["job"]?.object else { throw Self.wrong("job") }
        guard let id = job["id"]?.string else { throw Self.wrong("job.id") }
        guard let scenario = job["scenario"]?.object else { throw Self.wrong("job.scenario") }
        self.job = JobID(id)
        self.scenario = scenario
        tenant = TenantID(job["tenant"]?.string ?? TenantID.default.rawValue)
        run = job["run"]?.int ?? 0
        attempt = job["attempt"]?.int ?? 1
        deadline = job["deadline_ms"]?.int64
        submitted = job["submitted_ms"]?.int64
        journal = [:]
        for value in acknowledgement["journal"]?.array ?? [] {
            let (place, row) = try Self.row(value)
            journal[place] = row
        }
        artifacts = try (acknowledgement["artifacts"]?.array ?? []).map { (value) throws(StepFailure) in
            guard let artifact = Artifact(payload: value) else { throw Self.wrong("artifacts") }
            return artifact
        }
    }

    private static func row(
        _ value: JSONValue
    ) throws(StepFailure) -> (JobPlan.JournalPlace, JobPlan.JournalRow) {
        guard let step = value["step_id"]?.string else { throw wrong("journal.step_id") }
        let place = JobPlan.JournalPlace(StepID(step), value["iteration"]?.int ?? 0)
        let result = value["result"]
        var row = JobPlan.JournalRow(outcome: nil, itemHash: result?["item_sha256"]?.string)
        switch value["state"]?.string {
        case "intent":
            row.mayHaveActed = result?["phase"] != "preparing"
            return (place, row)
        case "done":
            row.outcome = StepOutcome(
                outputs: result?["outputs"]?.object ?? [:],
                artifacts: (result?["artifacts"]?.array ?? []).compactMap(Artifact.init(payload:)),
                touched: result?["touched"]?.string ?? "",
                url: result?["url"]?.string
            )
            row.isRedacted = result?["redacted"]?.bool ?? false
            return (place, row)
        default:
            throw wrong("journal.state")
        }
    }

    private static func wrong(_ member: String) -> StepFailure {
        StepFailure(
            reason: .internalError,
            message:
                "The scheduler's answer to 'agree' has no usable '\(member)'; are worker and scheduler of one version?",
            isRetryable: true
        )
    }
}
