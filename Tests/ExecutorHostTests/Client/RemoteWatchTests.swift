import EventLoops
import FoundationEssentials
import JSON
import JobModel
import JobScheduler
import SchedulerAPI
import Storage
import Testing

@testable import ExecutorHost

/// `cpa watch` against an API in this process.
@Suite(.timeLimit(.minutes(2))) struct RemoteWatchTests {
    private static let scenario: JSONObject = [
        "name": "n", "tasks": [["id": "a", "action": "goto", "url": "https://x/"]],
    ]

    private func sequence(_ outcome: Desk.Outcome) -> [Int64] {
        outcome.result.compactMap { try? JSONValue(parsing: $0)["seq"]?.int64 }
    }

    private func submit(_ desk: Desk) async throws -> String {
        try await desk.scheduler.submit(JobSubmission(scenario: Self.scenario), as: desk.caller).id.rawValue
    }

    @Test func `a watch whose connection breaks again and again shows every event once`() async throws {
        // Every connection lives for a moment only.
        try await Desk.with({ $0.watchMaximumAge = .milliseconds(30) }) { desk in
            let job = try await submit(desk)
            async let watched = desk.run("watch", job, "--json")
            try await Task.sleep(for: .milliseconds(400))
            try await desk.work(.done)
            let outcome = await watched
            #expect(outcome.code == .ok, "\(outcome)")
            let sequence = sequence(outcome)
            #expect(sequence == Array(1...Int64(max(1, sequence.count))) && sequence.count >= 3)
            #expect(outcome.result.last?.contains(#""type":"result""#) == true)
        }
    }

    @Test func `a watch waits for a server that is away, and shows what came meanwhile`() async throws {
        try await Desk.with { desk in
            let job = try await submit(desk)
            let (lines, heard) = AsyncStream<String>.makeStream()
            async let watched = desk.run(["watch", job, "--json"]) { heard.yield($0) }
            for await line in lines where line.contains(#""seq":1"#) { break }
            await desk.door.close()
            for await line in lines where line.contains("the server is away") { break }
            try await desk.work(.done)
            try await desk.door.open()
            let outcome = await watched
            #expect(outcome.code == .ok, "\(outcome)")
            let sequence = sequence(outcome)
            #expect(sequence == Array(1...Int64(max(1, sequence.count))) && sequence.count >= 3)
            #expect(outcome.notes.count == 1)
        }
    }

    @Test func `a watch of a job that has ended shows all of it and ends`() async throws {
        try await Desk.with { desk in
            let job = try await submit(desk)
            try await desk.work(.done)
            let outcome = await desk.run("watch", job, "--json")
            #expect(outcome.code == .ok, "\(outcome)")
            #expect(outcome.notes.isEmpty, "\(outcome.notes)")
            #expect(sequence(outcome).first == 1)
        }
    }

    @Test func `where no socket can be, it polls and says why`() async throws {
        try await Desk.with(hasSockets: false) { desk in
            let job = try await submit(desk)
            async let watched = desk.run("watch", job, "--json")
            try await desk.work(.done)
            let outcome = await watched
            #expect(outcome.code == .ok, "\(outcome)")
            #expect(outcome.notes.first?.contains("watching by polling: ") == true, "\(outcome.notes)")
            #expect(sequence(outcome).first == 1)
        }
    }

    @Test func `a job there is not is said at once`() async throws {
        try await Desk.with { desk in
            let outcome = await desk.run("watch", "none")
            #expect(outcome.code == .failed && outcome.notes.joined().contains("none"), "\(outcome)")
        }
    }
}
