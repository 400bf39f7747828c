import JSON
import JobModel
import Storage

extension JobChange {
    /// The call that tells of where the job stands now; thin, with the path to everything else.
    ///
    /// - Parameter job: as it is written.
    func webhook(of job: JobRecord, to url: String) -> WebhookRecord {
        var data = job.summary
        data["outputs"] = nil
        data["href"] = .string("/jobs/\(job.id)")
        let event = "job.\(job.state.rawValue)"
        let body: JSONObject = [
            "type": .string(event), "timestamp": .string(RFC3339.format(now)), "data": .object(data),
        ]
        return WebhookRecord(
            // One for each time the job comes to an end, whatever is written twice.
            id: "wh_\(job.id)_\(job.lastSequence)",
            tenant: job.tenant,
            job: job.id,
            url: url,
            event: event,
            body: body.text(),
            created: now
        )
    }
}
