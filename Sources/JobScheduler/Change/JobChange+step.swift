import JSON
import JobModel
import Storage

/// What reports about steps do to a job and its journal.
extension JobChange {
    /// A report as a worker sends it.
    struct StepReport {
        var step: StepID
        var iteration: Int
        var action: String
        /// `running`, `done`, `failed`, `skipped` or `retrying`.
        var status: String
        /// Whether a failed step may have changed the world all the same; nil when the worker does not say.
        var isInDoubt: Bool?
        /// The whole report, without what names the lease.
        var data: JSONObject
    }

    /// The worker is about to change the world.
    mutating func intent(_ fence: Fence, _ report: StepReport, task: TaskRecord?) throws -> TaskRecord {
        try check(fence)
        if task?.journal == .done {
            throw SchedulerError(
                .conflict,
                "Step \(report.step) (\(report.iteration)) of job \(job.id) is done already; its result is in the journal"
            )
        }
        let record = record(report, status: "running", journal: .intent, result: report.data)
        // What is only prepared changes nothing yet.
        if record.isInDoubt {
            audit(
                "step.intent",
                [
                    "step_id": .string(report.step.rawValue), "iteration": JSONValue(report.iteration),
                    "action": .string(report.action),
                ]
            )
        }
        return record
    }

    /// A step changed its state.
    mutating func step(_ fence: Fence, _ report: StepReport, task: TaskRecord?) throws -> TaskRecord {
        try check(fence)
        emit(.step, step: report.step, report.data)
        let isLastWord = report.status == "done" || report.status == "failed"
        if isLastWord || task?.journal == .intent && report.status != "running" { auditStep(report) }
        let journal = journal(after: report, task)
        var result = report.status == "running" ? Self.begun(report, after: task) : report.data
        // An intent that stays is what it was: one that was only being prepared is in no doubt after a failure either.
        if journal == .intent { result["phase"] = task?.result["phase"] }
        return record(
            report,
            status: report.status,
            journal: journal,
            result: result,
            epoch: journal == .intent ? task?.epoch : nil
        )
    }

    /// The result that a later attempt may rely on outlives the reports of a repetition; how the attempt before ended does not.
    private static func begun(_ report: StepReport, after task: TaskRecord?) -> JSONObject {
        guard let task, task.journal != nil else { return report.data }
        var result = task.result
        for name in ["reason", "message", "ended_ms", "duration_ms", "in_doubt"] { result[name] = nil }
        return result.merging(report.data)
    }

    /// What was done, how it ended, why, and where the picture of it is; what it touched may name people.
    private mutating func auditStep(_ report: StepReport) {
        var detail: JSONObject = [
            "step_id": .string(report.step.rawValue), "iteration": JSONValue(report.iteration),
            "action": .string(report.action), "result": .string(report.status),
        ]
        for name in ["reason", "duration_ms", "attempts"] { detail[name] = report.data[name] }
        let pictures = (report.data["artifacts"]?.array ?? []).filter {
            $0["content_type"]?.string?.hasPrefix("image/") ?? false
        }
        if let picture = pictures.first {
            detail["screenshot"] = ["name": picture["name"] ?? .null, "sha256": picture["sha256"] ?? .null]
        }
        var personal = JSONObject()
        for name in ["touched", "url", "message"] { personal[name] = report.data[name] }
        audit("step.\(report.status)", detail, personal: personal)
    }

    /// A policy said no to something the job wanted; nothing of the job changes.
    mutating func denied(_ fence: Fence, _ step: StepID?, _ denial: PolicyDenial) throws {
        try check(fence)
        var detail: JSONObject = ["rule": .string(denial.rule), "message": .string(denial.message)]
        if let step { detail["step_id"] = .string(step.rawValue) }
        audit("policy.denied", detail)
    }

    private func journal(after report: StepReport, _ task: TaskRecord?) -> TaskRecord.Journal? {
        switch report.status {
        case "done": return .done
        case "running": return task?.journal
        // Between two tries the effect may be being looked up: only the last word on it counts.
        case "retrying": return task?.journal == .intent ? .intent : nil
        default:
            // An intent stays in doubt until the worker that wrote it says that nothing happened: the failure of a later
            // one may be that it could not look the effect up.
            let isCleared = report.isInDoubt == false && task?.epoch == job.epoch
            return task?.journal == .intent && !isCleared ? .intent : nil
        }
    }

    private func record(
        _ report: StepReport,
        status: String,
        journal: TaskRecord.Journal?,
        result: JSONObject,
        epoch: Epoch? = nil
    ) -> TaskRecord {
        TaskRecord(
            key: JournalKey(job: job.id, step: report.step, iteration: report.iteration),
            tenant: job.tenant,
            action: report.action,
            status: status,
            journal: journal,
            result: result,
            epoch: epoch ?? job.epoch,
            updated: now
        )
    }
}
