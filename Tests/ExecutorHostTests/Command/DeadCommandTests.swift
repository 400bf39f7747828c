import FoundationEssentials
import JSON
import JobModel
import Testing

@testable import ExecutorHost

struct DeadCommandTests {
    private func fail(_ name: String, _ reason: String, _ desk: Desk) async throws -> String {
        let path = "\(desk.directory)/\(name).yaml"
        try Data("name: \(name)\ntasks:\n  - {action: goto, url: 'https://x/'}\n".utf8).write(to: URL(filePath: path))
        let id = try #require(await desk.run("submit", path).result.first)
        try await desk.work(.failure, ["reason": .string(reason), "message": "It broke", "retryable": false])
        return id
    }

    @Test func `dead letters are listed, shown, requeued and purged`() async throws {
        try await Desk.with { desk in
            let rejected = try await fail("bill", "mail_rejected", desk)
            let invalid = try await fail("form", "invalid_input", desk)
            let all = await desk.run("dead", "list")
            #expect(all.result.map { $0.prefix(invalid.count) } == [invalid[...], rejected[...]])
            let some = await desk.run("dead", "list", "--reason", "mail_rejected", "--newer-than", "1h")
            #expect(some.result.count == 1 && some.result[0].contains("bill"))
            let shown = await desk.run("dead", "show", rejected)
            #expect(shown.result.joined().contains("It broke"))
            let dry = await desk.run("dead", "requeue", "--reason", "mail_rejected", "--dry-run")
            #expect(dry.code == .ok)
            #expect(dry.result == [rejected])
            #expect(dry.notes.last == "1 job would be requeued")
            #expect(await desk.run("dead", "list").result.count == 2)
            #expect(await desk.run("dead", "requeue", rejected).notes.last == "1 job requeued")
            #expect(await desk.run("dead", "purge", "--all").result == [invalid])
            #expect(await desk.run("dead", "list").result.isEmpty)
            #expect(await desk.run("jobs").result.count == 1)
        }
    }

    @Test func `what cannot be done is said, with the reason`() async throws {
        try await Desk.with { desk in
            let unknown = await desk.run("dead", "requeue", "none")
            #expect(unknown.code == .failed)
            #expect(unknown.notes.first == "cpa: There is no job none")
            for (words, message) in [
                (["dead", "purge"], "'dead purge' needs an ID, a filter, or --all"),
                (["dead", "requeu", "x"], "there is no 'dead requeu'; did you mean 'requeue'?"),
                (["dead", "purge", "x", "--all"], "give an ID or a filter, not both"),
                (["dead", "purge", "--all", "--fresh"], "--fresh does not go with 'dead purge': it takes --status"),
                (["dead", "list", "--fresh"], "--fresh does not go with 'dead list'"),
                (["dead", "list", "--dry-run"], "--dry-run does not go with 'dead list'"),
                (["dead", "show", "x", "--all"], "--all does not go with 'dead show': it takes none of these"),
                (["dead", "show"], "'dead show' needs ID"),
            ] {
                let outcome = await desk.run(words)
                #expect(outcome.code == .usage)
                #expect(outcome.notes.joined().contains(message), "\(words)")
            }
            let reason = await desk.run("dead", "list", "--reason", "mail_rejectet")
            #expect(reason.code == .problem)
            #expect(reason.notes.joined().contains("did you mean 'mail_rejected'?"))
            let none = await desk.run("dead", "requeue", "--reason", "qqqqqqqq")
            #expect(none.code == .problem)
            #expect(none.notes.joined().contains("'qqqqqqqq'; docs/scenarios.md lists them"), "\(none.notes)")
        }
    }
}
