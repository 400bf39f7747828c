import JSON
import JobModel

/// Follows a job of a server to its end and shows it as `cpa run` does.
struct RemoteWatch {
    private static let pause = Duration.milliseconds(250)

    let client: SchedulerClient
    let invocation: Invocation

    /// - Returns: how the command ends: as the job did.
    func follow(_ job: String) async throws -> ExitCode {
        let printer = ProgressPrinter(isStyled: invocation.terminal.isStyled)
        let place = "/jobs/\(SchedulerClient.encoded(job))"
        var last: Int64 = 0
        while true {
            let page = try await client.get("\(place)/events?after=\(last)")
            for value in page["events"]?.array ?? [] {
                guard let json = value.object, let event = JobEvent(json: json) else { continue }
                show(event, json, printer)
                let isOver = event.kind == .end || event.data["state"] == "needs_review"
                // A retried job has ended before: only what holds now counts.
                if isOver, event.seq == (try await client.get(place))["last_seq"]?.int64 { return try await end(place) }
            }
            last = page["next_after"]?.int64 ?? last
            if page["has_more"]?.bool != true { try await Task.sleep(for: Self.pause) }
        }
    }

    private func show(_ event: JobEvent, _ json: JSONObject, _ printer: ProgressPrinter) {
        if invocation.isJSON {
            invocation.terminal.result(json.text())
        } else if let line = printer.line(for: event) {
            invocation.terminal.note(line)
        }
    }

    private func end(_ place: String) async throws -> ExitCode {
        let job = try await client.get(place)
        if invocation.isJSON {
            invocation.terminal.result(JSONValue.object(["type": "result", "job": .object(job)]).text())
        } else {
            for line in JobSummary(job: job, path: { _ in nil }).lines { invocation.terminal.result(line) }
        }
        return job["state"] == "done" ? .ok : .failed
    }
}
