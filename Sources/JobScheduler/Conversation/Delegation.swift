import JSON
import JobModel
import Storage

/// What a worker asks when a step of it is to be done by an agent (`request`, `kind: delegate`).
struct Delegation: Sendable {
    /// Seconds a question may wait for news.
    private static let longestWait: Int64 = 8_000
    private static let longestTask: Int64 = 7 * 86_400_000

    /// What is asked.
    enum Mode: String, Sendable {
        /// Have it done; a conversation that goes on is joined.
        case start
        /// How it stands; nothing is begun.
        case look
    }

    let mode: Mode
    let step: StepID
    let iteration: Int
    let capability: String
    let input: JSONValue
    let agent: String?
    let isIdempotent: Bool
    /// Milliseconds it may take.
    let timeout: Int64
    /// Milliseconds the answer may wait for the end.
    let wait: Int64

    func key(_ job: JobID) -> JournalKey { JournalKey(job: job, step: step, iteration: iteration) }

    /// - Throws: `SchedulerError` with `invalidInput`.
    init(_ payload: JSONObject) throws {
        func text(_ name: String) throws -> String {
            guard let text = payload[name]?.string, !text.isEmpty else {
                throw SchedulerError.member(JSONPointer(["payload", name]), "must be text")
            }
            return text
        }
        guard let mode = Mode(rawValue: try text("mode")) else {
            throw SchedulerError.member("/payload/mode", "must be start or look")
        }
        self.mode = mode
        step = StepID(try text("step_id"))
        iteration = payload["iteration"]?.int ?? 0
        capability = mode == .start ? try text("capability") : ""
        input = payload["input"] ?? .null
        agent = payload["agent"]?.string
        isIdempotent = payload["idempotent"]?.bool ?? false
        timeout = min(max(payload["timeout_ms"]?.int64 ?? 60_000, 1), Self.longestTask)
        wait = min(max(payload["wait_ms"]?.int64 ?? 0, 0), Self.longestWait)
    }
}

extension SchedulerError {
    /// A message or body with something wrong in it.
    static func member(_ pointer: JSONPointer, _ message: String) -> SchedulerError {
        SchedulerError(InvalidInput(problems: [.init(pointer: pointer, message: message)]))
    }
}
