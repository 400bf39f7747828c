import JSON
import JobModel

/// What a job came to, as the last lines of `run` and `watch`; read from the job as the API shows it.
struct JobSummary {
    /// The job with `tasks` and `artifacts`.
    let job: JSONObject
    /// Where a file of the job can be read, by name; nil when it is only at the server.
    let path: (String) -> String?

    /// The lines.
    var lines: [String] {
        var lines = [headline]
        if let reason = job["reason"]?.string, state != "done" {
            let step = job["failed_step"]?.string.map { " in step '\($0)'" } ?? ""
            lines.append(row("reason", "\(reason)\(step)"))
            if let message = job["message"]?.string {
                lines += message.split(separator: "\n").map { row("", String($0)) }
            }
        }
        lines += mails.map { row("mail", $0) }
        for artifact in artifacts { lines += self.lines(of: artifact) }
        for (name, value) in job["outputs"]?.object ?? [:] {
            lines.append(row("output", "\(name) = \(value.string ?? value.text())"))
        }
        if state == "needs_review" {
            let effect =
                job["reason"] == "page_session_lost"
                ? "done ends the job and runs nothing more, redo does the step a second time, fail gives up"
                : "done if the step happened, redo if it did not, fail to give up"
            lines.append(row("next", "cpa resolve \(id) done|redo|fail: \(effect)"))
        }
        return lines
    }

    private var state: String { job["state"]?.string ?? "" }
    private var id: String { job["id"]?.string ?? "" }
    private var artifacts: [JSONObject] { (job["artifacts"]?.array ?? []).compactMap(\.object) }

    private var headline: String {
        let duration = job["duration_ms"]?.int.map { " in \(ProgressPrinter.seconds($0))" } ?? ""
        return "\(state)\(duration)  job \(id)"
    }

    private var mails: [String] {
        (job["tasks"]?.array ?? []).compactMap { task in
            guard task["action"] == "send_mail", task["status"] == "done" else { return nil }
            let outputs = task["outputs"]
            return outputs?["internet_message_id"]?.string ?? outputs?["message_id"]?.string
        }
    }

    private func lines(of artifact: JSONObject) -> [String] {
        let name = artifact["name"]?.string ?? ""
        let type = artifact["content_type"]?.string ?? ""
        let size = artifact["bytes"]?.int.map { " (\(ByteCount.text($0)))" } ?? ""
        let label = type == "application/pdf" ? "pdf" : type.hasPrefix("image/") ? "screenshot" : "file"
        let first = row(label, (path(name) ?? name) + size)
        guard let hash = artifact["sha256"]?.string, label != "screenshot" else { return [first] }
        return [first, row("", "sha256 \(hash)")]
    }

    private func row(_ label: String, _ text: String) -> String {
        "  " + ProgressPrinter.pad(label, 12) + text
    }
}
