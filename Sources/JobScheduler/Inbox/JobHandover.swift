import JSON
import JobModel
import Storage

/// What a worker gets with the acknowledgement of its `agree`: all it needs to run the job.
struct JobHandover: Sendable {
    private let job: JobRecord
    private let journal: [TaskRecord]
    private let artifacts: [Artifact]

    /// - Parameter isFirst: no worker had the job before, so nobody has written to its journal.
    init(_ job: JobRecord, isFirst: Bool = false, in snapshot: any StoreSnapshot) throws {
        self.job = job
        journal = isFirst ? [] : try snapshot.tasks(of: job.id).filter { $0.journal != nil }
        artifacts = try snapshot.artifacts(of: job.id)
    }

    /// In words; a scenario may be large, so nothing that others wait for should make them.
    func json() throws -> JSONObject {
        var members: JSONObject = [
            "id": .string(job.id.rawValue), "tenant": .string(job.tenant.rawValue),
            "scenario": .object(try job.scenario.object()), "run": JSONValue(job.run),
            "attempt": JSONValue(job.attempts + 1),
            "deadline_ms": job.runUntil.map { .integer($0) } ?? .null, "submitted_ms": .integer(job.submitted),
        ]
        members["traceparent"] = job.origin?.trace.map { .string($0) }
        return [
            "job": .object(members),
            "journal": .array(journal.map { .object(Self.row($0)) }),
            "artifacts": .array(artifacts.map { .object($0.json) }),
        ]
    }

    private static func row(_ task: TaskRecord) -> JSONObject {
        [
            "step_id": .string(task.key.step.rawValue), "iteration": JSONValue(task.key.iteration),
            "state": .string(task.journal?.rawValue ?? ""), "result": .object(task.result),
        ]
    }
}
