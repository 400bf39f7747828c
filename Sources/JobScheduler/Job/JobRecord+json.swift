import Cryptography
package import JSON
import JobModel
package import Storage

extension JobRecord {
    /// The job as clients see it, without its scenario.
    package var summary: JSONObject {
        JSONObject([
            ("id", .string(id.rawValue)),
            ("tenant", .string(tenant.rawValue)),
            ("name", .string(name)),
            ("state", .string(state.rawValue)),
            ("reason", reason.map { .string($0.rawValue) }),
            ("message", message.map { .string($0) }),
            ("failed_step", failedStep.map { .string($0.rawValue) }),
            ("stopping", stopReason.map { .string($0.rawValue) }),
            ("intent", intent.map { .string($0) }),
            ("unique_key", uniqueKey.map { .string($0) }),
            ("request_id", origin.map { .string($0.request) }),
            ("traceparent", origin?.trace.map { .string($0) }),
            ("webhook", webhook.map { .string($0) }),
            ("priority", .integer(Int64(priority))),
            ("attempts", .integer(Int64(attempts))),
            ("max_retries", .integer(Int64(maxRetries))),
            ("deliveries", .integer(Int64(deliveries))),
            ("losses", .integer(Int64(losses))),
            ("interruptions", .integer(Int64(interruptions))),
            ("epoch", .integer(epoch.rawValue)),
            ("worker", worker.map { .string($0.rawValue) }),
            ("submitted_at", .string(RFC3339.format(submitted))),
            ("not_before", notBefore.map { .string(RFC3339.format($0)) }),
            ("deadline", deadline.map { .string(RFC3339.format($0)) }),
            ("started_at", started.map { .string(RFC3339.format($0)) }),
            ("ended_at", ended.map { .string(RFC3339.format($0)) }),
            ("updated_at", .string(RFC3339.format(updated))),
            ("duration_ms", duration.map { .integer($0) }),
            ("outputs", outputs.map { .object($0) }),
            ("last_seq", .integer(lastSequence)),
        ])
    }

    /// From the start of the first attempt to the end, in milliseconds.
    var duration: Int64? {
        guard let started, let ended else { return nil }
        return ended - started
    }
}

extension JobDetail {
    /// The job as clients see it, with scenario, steps and files.
    ///
    /// - Throws: `StorageError` with `damaged`.
    package func json() throws -> JSONObject {
        var json = job.summary
        json["scenario"] = .object(try job.scenario.object())
        json["tasks"] = .array(tasks.map { .object($0.json(in: job.state)) })
        json["artifacts"] = .array(artifacts.map { .object($0.json) })
        return json
    }
}

extension TaskRecord {
    /// The step as clients see it.
    ///
    /// - Parameter state: of its job; where nobody runs that, no step runs either.
    func json(in state: JobState) -> JSONObject {
        let isCut = state != .running && status == "running" || state.isTerminal && status == "retrying"
        var json: JSONObject = [
            "step_id": .string(key.step.rawValue), "iteration": .integer(Int64(key.iteration)),
            "action": .string(action), "status": .string(isCut ? "interrupted" : status),
        ]
        for (name, value) in result where json[name] == nil && name != "kind" && name != "worker" && name != "job_id" {
            json[name] = value
        }
        return json
    }
}

extension Artifact {
    /// The file as clients and workers see it.
    package var json: JSONObject {
        [
            "name": .string(name), "bytes": .integer(Int64(bytes)), "sha256": .string(sha256),
            "content_type": .string(contentType),
        ]
    }
}

extension AuditRecord {
    /// The record as clients see it.
    package var json: JSONObject {
        var json: JSONObject = [
            "seq": .integer(sequence), "ts": .string(RFC3339.format(timestamp)), "actor": .string(actor),
            "action": .string(action),
        ]
        json["job_id"] = job.map { .string($0.rawValue) }
        if version == AuditChain.pruned {
            json["pruned"] = true
        } else {
            json["detail"] = (try? JSONValue(parsing: detail)) ?? .string(detail)
        }
        json["class"] = auditClass.isEmpty ? nil : .string(auditClass)
        if sealed != nil { json["personal"] = personal.map { .object($0) } ?? "erased" }
        json["hash"] = .string(Hex.encode(hash))
        return json
    }
}
