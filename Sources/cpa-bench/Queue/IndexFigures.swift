import JSON
import JobModel
import JobQueue

/// The queue alone: what Redis holds, without the scheduler's database.
struct IndexFigures: Sendable {
    let stage: QueueStage

    /// Jobs that do nothing, claimed and given back.
    func process() async throws -> JSONObject {
        let ledger = Ledger(expecting: try await stage.fill())
        let seconds = try await ContinuousClock.seconds {
            try await QueueWork(stage: stage) { ledger.done($0.job) }.run(stage.options.jobs)
        }
        return try await stage.result(seconds, ledger.members)
    }

    /// Jobs handed in by one caller, so many a call.
    func submit(by batch: Int) async throws -> JSONObject {
        let entries = QueueStage.entries(0..<stage.options.jobs)
        let seconds = try await ContinuousClock.seconds {
            for first in stride(from: 0, to: entries.count, by: batch) {
                try await stage.index.enqueue(Array(entries[first..<min(first + batch, entries.count)]))
            }
        }
        let there = try await stage.index.depth().ready
        let members: JSONObject = [
            "jobs": JSONValue(entries.count), "lost": JSONValue(max(0, entries.count - there)),
            "twice": JSONValue(max(0, there - entries.count)),
        ]
        var result = try await stage.result(seconds, members)
        result["left"] = 0
        return result
    }

    /// What one claim costs while so many jobs wait: taken, given back, and put in again.
    func claimCost() async throws -> JSONObject {
        _ = try await stage.fill()
        let clock = ContinuousClock()
        var times: [Double] = []
        for number in 0..<2_200 {
            let start = clock.now
            let claimed = try await stage.index.claim(
                worker: QueueStage.worker,
                capabilities: QueueStage.capabilities,
                lease: QueueStage.lease,
                wait: .zero
            )
            let time = (clock.now - start) / .milliseconds(1)
            guard let claimed else { preconditionFailure("Cannot measure a claim that finds nothing") }
            // The first ones pay for what is cold.
            if number >= 200 { times.append(time) }
            try await stage.index.finish(claimed)
            let again = QueueStage.entries(stage.options.jobs + number..<stage.options.jobs + number + 1)
            try await stage.index.enqueue(again)
        }
        return JSONObject(milliseconds: times).merging(["jobs": JSONValue(stage.options.jobs)])
    }

    /// From handing a job in to its claim, at a rate, whether the one before is done or not.
    func pickup() async throws -> JSONObject {
        let arrivals = Arrivals(stage.options)
        return try await arrivals.run(
            submit: { number, due in
                let entry = QueueStage.entries(number..<number + 1)
                arrivals.due(entry[0].job, due)
                try await stage.index.enqueue(entry)
            },
            work: { try await QueueWork(stage: stage) { arrivals.picked($0.job) }.runForever() }
        )
    }
}
