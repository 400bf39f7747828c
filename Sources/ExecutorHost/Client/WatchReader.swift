import JSON
import JobModel

/// Where a watch of a job stands, from its messages alone; pure.
struct WatchReader {
    enum Step: Equatable {
        /// An event to show.
        case show(JobEvent)
        /// Events between the last one and this are missing: come back with `last`.
        case missed
    }

    /// Position of the last event shown.
    private(set) var last: Int64 = 0
    /// Whether the last durable event says that the job goes on no further for now.
    private(set) var isOver = false

    /// A message of the socket, or an event of a page of them.
    mutating func take(_ json: JSONObject) -> Step? {
        if json["type"] == "gap" {
            // What is between was not and will not be sent; a position from nowhere is set right.
            last = json["before"]?.int64.map { $0 - 1 } ?? json["after"]?.int64 ?? last
            return nil
        }
        guard let event = JobEvent(json: json) else { return nil }
        guard let seq = event.seq else { return .show(event) }
        guard seq > last else { return nil }
        guard seq == last + 1 else { return .missed }
        last = seq
        isOver = event.kind == .end || event.data["state"] == "needs_review"
        return .show(event)
    }

    /// Events of a page follow each other, whatever is missing before it.
    mutating func takePage(_ json: JSONObject) -> Step? {
        if let seq = json["seq"]?.int64, seq > last + 1 { last = seq - 1 }
        return take(json)
    }
}
