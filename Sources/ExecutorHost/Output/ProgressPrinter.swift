import JSON
import JobModel

/// Shows a job's events: one line a step that ended or is tried again, and what state the job takes.
///
/// Pure: it returns the line; nil when an event says nothing new to people.
struct ProgressPrinter {
    private static let longest = 200

    func line(for event: JobEvent) -> StyledLine? {
        switch event.kind {
        case .step: step(event)
        case .state: state(event.data).map { StyledLine($0) }
        case .progress, .artifact, .end: nil
        }
    }

    private func step(_ event: JobEvent) -> StyledLine? {
        let data = event.data
        guard let status = data["status"]?.string, status != "running" else { return nil }
        let iteration = data["iteration"]?.int ?? 0
        let id = (event.step?.rawValue ?? data["step_id"]?.string ?? "") + (iteration > 0 ? "[\(iteration)]" : "")
        let action = data["action"]?.string ?? ""
        let duration = status == "skipped" ? "" : data["duration_ms"]?.int.map { Self.seconds($0) } ?? ""
        let columns = [
            Self.pad(duration, 8, onLeft: true), Self.pad(id, 14), Self.pad(action, 11), what(data),
        ]
        var line = StyledLine("  ")
        line.append(Self.pad(status, 8), colour(of: status))
        line.append(Self.trimmed("  " + columns.joined(separator: "  ")))
        return line
    }

    /// What was touched, or why it did not work.
    private func what(_ data: JSONObject) -> String {
        var text = data["touched"]?.string ?? ""
        let reason = data["reason"]?.string ?? ""
        if let message = data["message"]?.string {
            text = reason.isEmpty ? message : "\(reason): \(message)"
        } else if !reason.isEmpty {
            text = text.isEmpty ? reason : "\(text) (\(reason))"
        }
        text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return text.count > Self.longest ? "\(text.prefix(Self.longest))…" : text
    }

    private func state(_ data: JSONObject) -> String? {
        switch data["state"]?.string {
        case "scheduled":
            "  waits until \(data["not_before"]?.string ?? "later"), then tries again"
                + (data["message"]?.string.map { ": \($0)" } ?? "")
        case "needs_review": "  needs a human: \(data["message"]?.string ?? "see the job")"
        case "waiting_approval": "  waits for approval"
        default: nil
        }
    }

    private func colour(of status: String) -> StyledLine.Colour {
        switch status {
        case "done": .green
        case "failed": .red
        case "retrying": .yellow
        default: .faint
        }
    }

    /// `0.42 s`, `1 m 05 s`.
    static func seconds(_ milliseconds: Int) -> String {
        if milliseconds >= 60_000 {
            let seconds = milliseconds / 1000
            return "\(seconds / 60) m \(seconds % 60 < 10 ? "0" : "")\(seconds % 60) s"
        }
        let hundredths = (milliseconds + 5) / 10
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
    }

    static func pad(_ text: String, _ width: Int, onLeft: Bool = false) -> String {
        let fill = String(repeating: " ", count: max(0, width - text.count))
        return onLeft ? fill + text : text + fill
    }

    static func trimmed(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " }.reversed())
    }
}
