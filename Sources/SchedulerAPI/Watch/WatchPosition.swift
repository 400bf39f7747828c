import JSON
import JobModel
import JobScheduler
import Storage

/// What a watcher has got, and the messages that follow.
struct WatchPosition: Sendable {
    /// Last `seq` sent.
    private(set) var last: Int64
    /// Last `seq` that the kernel has certainly taken.
    var delivered: Int64
    /// Whether the job had ended with what was sent last.
    private(set) var hasEnded = false
    private let since: Int64

    init(since: Int64) {
        self.since = since
        last = since
        delivered = since
    }

    /// What the close says to a client that shall come back.
    var resumption: String { "since=\(delivered)" }

    /// The messages for an element; durable ones move the position.
    mutating func take(_ element: JobWatch.Element, heartbeat: Duration, age: Duration) -> [JSONObject] {
        switch element {
        case .hello(let job):
            hasEnded = job.state.isTerminal && since >= job.lastSequence
            var messages = [hello(job, heartbeat: heartbeat, age: age)]
            if since > job.lastSequence {
                // The position is of another history, or invented: say so instead of waiting for it.
                messages.append(gap(from: job.lastSequence, reason: "position_unknown"))
                (last, delivered) = (job.lastSequence, job.lastSequence)
            }
            return messages
        case .event(let event):
            var messages: [JSONObject] = []
            if let seq = event.seq {
                if seq > last + 1 { messages.append(gap(from: last, to: seq, reason: "expired")) }
                last = seq
                hasEnded = event.kind == .end
            }
            return messages + [event.wire]
        }
    }

    private func hello(_ job: JobRecord, heartbeat: Duration, age: Duration) -> JSONObject {
        [
            "v": .integer(JobEvent.version), "type": "hello", "job": .object(job.summary),
            "since": .integer(min(since, job.lastSequence)), "last_seq": .integer(job.lastSequence),
            "heartbeat_s": .integer(heartbeat.components.seconds), "max_age_s": .integer(age.components.seconds),
        ]
    }

    /// Positions between the two were not and will not be sent.
    private func gap(from: Int64, to: Int64? = nil, reason: String) -> JSONObject {
        var json: JSONObject = ["v": .integer(JobEvent.version), "type": "gap", "reason": .string(reason)]
        json["after"] = .integer(from)
        json["before"] = to.map { .integer($0) }
        return json
    }
}
