import JSON
import JobModel
import JobScheduler
import Storage
import Testing

@testable import JobScheduler

@Suite struct WatchTests {
    /// The seqs a watcher sees, which leaves after `leaveAfter` events and comes back with its last one.
    private func sequences(_ stage: Stage, _ id: JobID, leaveAfter: Int) async throws -> [Int64] {
        var seen: [Int64] = []
        while true {
            var count = 0
            for try await element in stage.scheduler.watch(id, since: seen.last ?? 0, for: Stage.cli) {
                guard case .event(let event) = element, let sequence = event.seq else { continue }
                seen.append(sequence)
                count += 1
                if event.kind == .end { return seen }
                if count == leaveAfter { break }
            }
        }
    }

    @Test func `however often watchers come and go, each sees every event exactly once`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await withThrowingTaskGroup(of: [Int64].self) { group in
                for leaveAfter in [1, 2, 7, 50, 1_000] {
                    group.addTask { try await sequences(stage, id, leaveAfter: leaveAfter) }
                }
                let worker = try await stage.start()
                for round in 0..<150 { try await worker.step("t\(round)", "done") }
                try await worker.send(.done)
                for try await seen in group { #expect(seen == Array(1...154)) }
            }
            #expect(stage.scheduler.writer.announcer.progress.watchers == 0)
        }
    }

    @Test func `a watcher far behind reads what the hub forgot from the store`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            var iterator = stage.scheduler.watch(id, for: Stage.cli).makeAsyncIterator()
            guard case .hello(let job)? = try await iterator.next() else {
                Issue.record("No hello")
                return
            }
            #expect(job.lastSequence == 2)
            for round in 0..<300 { try await worker.step("t\(round % 5)", "running") }
            try await worker.send(.done)
            var seen: [Int64] = []
            while case .event(let event)? = try await iterator.next() { seen.append(event.seq ?? -1) }
            #expect(seen == Array(1...304))
        }
    }

    @Test func `a watcher of a job that has ended gets hello and what it missed, and the end`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await stage.start().send(.done)
            var kinds: [String] = []
            for try await element in stage.scheduler.watch(id, since: 2, for: Stage.cli) {
                switch element {
                case .hello(let job): kinds.append("hello \(job.lastSequence)")
                case .event(let event): kinds.append(event.kind.rawValue)
                }
            }
            #expect(kinds == ["hello 4", "state", "end"])
        }
    }

    @Test func `a retry goes on after the end`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await stage.start().fail(.timeout)
            _ = try await stage.scheduler.retry(id, as: Stage.cli)
            try await stage.relay()
            try await stage.start("w2").send(.done)
            var ends = 0
            for try await element in stage.scheduler.watch(id, for: Stage.cli) {
                if case .event(let event) = element, event.kind == .end { ends += 1 }
            }
            #expect(ends == 2)
        }
    }

    @Test func `ticks come to watchers, the latest of each step, without a seq`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let worker = try await stage.start()
            var iterator = stage.scheduler.watch(id, since: 2, for: Stage.cli).makeAsyncIterator()
            _ = try await iterator.next()
            for percent in [10, 20] {
                stage.time.advance(seconds: 1)
                let tick: JSONObject = ["kind": "progress", "step_id": "t0", "percent": JSONValue(percent)]
                try await worker.send(.inform, tick)
            }
            guard case .event(let event)? = try await iterator.next() else {
                Issue.record("No tick")
                return
            }
            #expect(event.seq == nil)
            #expect(event.data["percent"] == 20)
            try await worker.send(.inform, ["kind": "progress", "step_id": "t0", "percent": 21])
            try await worker.step("t0", "done")
            guard case .event(let next)? = try await iterator.next() else {
                Issue.record("No event")
                return
            }
            #expect(next.kind == .step)
        }
    }

    @Test func `a cancelled watcher stops waiting and is forgotten`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let watch = stage.scheduler.watch(id, for: Stage.cli)
            let (waiting, entered) = AsyncStream.makeStream(of: Void.self)
            let watcher = Task {
                for try await element in watch {
                    if case .event = element { entered.finish() }
                }
            }
            for await _ in waiting {}
            watcher.cancel()
            await #expect(throws: CancellationError.self) { try await watcher.value }
            #expect(stage.scheduler.writer.announcer.progress.watchers == 0)
        }
    }

    @Test func `more watchers than allowed are refused`() async throws {
        try await Stage.with {
            $0.watcherLimit = 1
        } _: { stage in
            let id = try await stage.submit()
            var first = stage.scheduler.watch(id, for: Stage.cli).makeAsyncIterator()
            _ = try await first.next()
            await #expect { for try await _ in stage.scheduler.watch(id, for: Stage.cli) {} } throws: {
                ($0 as? SchedulerError)?.code == .overloaded
            }
            _ = try await first.next()
        }
    }

    @Test func `waiting for the end returns at the end`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            async let ended = stage.scheduler.waitForEnd(of: id, atMost: .seconds(60), for: Stage.cli)
            try await stage.start().send(.done)
            #expect(try await ended.state == .done)
            let other = try await stage.submit()
            let waiting = try await stage.scheduler.waitForEnd(of: other, atMost: .milliseconds(1), for: Stage.cli)
            #expect(waiting.state == .pending)
        }
    }

    @Test func `closing the scheduler ends every watch`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            var iterator = stage.scheduler.watch(id, for: Stage.cli).makeAsyncIterator()
            _ = try await iterator.next()
            stage.scheduler.close()
            #expect(try await iterator.next() == nil)
        }
    }
}
