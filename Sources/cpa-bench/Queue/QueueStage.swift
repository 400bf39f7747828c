import EventLoops
import JSON
import JobModel
import JobQueue
import Redis

/// What a figure of the queue is measured on: one process, its index in Redis, a loop of its own.
struct QueueStage: Sendable {
    static let worker = WorkerID("bench")
    static let lease = Duration.seconds(60)
    /// As many as a worker with browser, mail and files offers.
    static let capabilities: Set<String> = Set(Action.allCases.map(\.rawValue))
        .union(Action.allCases.map { "browser:\($0.rawValue)" })

    let options: QueueOptions
    let loop: EventLoop
    let index: RedisDispatchIndex

    init(_ options: QueueOptions) throws {
        self.options = options
        loop = EventLoop(name: "cpa-redis")
        index = try RedisDispatchIndex(at: try RedisAddress(url: options.redis), on: loop)
    }

    func close() async {
        await index.close()
        await loop.shutdown()
    }

    /// Entries of jobs as people submit them: ids of our length, five kinds of steps.
    static func entries(_ numbers: Range<Int>) -> [DispatchEntry] {
        numbers.map { number in
            let digits = String(number)
            let id = "j01m7xpzjrf" + String(repeating: "0", count: 11 - digits.count) + digits
            return DispatchEntry(
                job: JobID(id),
                tenant: .default,
                epochFloor: Epoch(0),
                needs: ["goto", "fill", "click", "extract", "screenshot"]
            )
        }
    }

    /// Fills the index; returns how many jobs are in it.
    func fill() async throws -> Int {
        let entries = Self.entries(0..<options.jobs)
        for first in stride(from: 0, to: entries.count, by: 1_000) {
            try await index.enqueue(Array(entries[first..<min(first + 1_000, entries.count)]))
        }
        return entries.count
    }

    /// What holds for every run: how many at once, how many a call.
    func result(_ seconds: Double, _ ledger: JSONObject) async throws -> JSONObject {
        let depth = try await index.depth()
        var result = ledger
        let jobs = Double(ledger["jobs"]?.int ?? 0)
        result["per_second"] = .number(jobs / seconds)
        result["concurrency"] = JSONValue(options.concurrency)
        result["batch"] = JSONValue(options.batch)
        result["left"] = JSONValue(depth.ready + depth.delayed + depth.leased + depth.lost)
        return result
    }
}

extension ContinuousClock {
    /// Seconds that `body` took.
    static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let start = now
        try await body()
        return (now - start) / .seconds(1)
    }
}
