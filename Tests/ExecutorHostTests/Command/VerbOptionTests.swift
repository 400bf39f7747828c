import Testing

@testable import ExecutorHost

struct VerbOptionTests {
    @Test(arguments: [
        (["schedules", "list", "--cron", "x"], "--cron does not go with 'schedules list': it takes none of these"),
        (["schedules", "remove", "s1", "--cron", "x"], "--cron does not go with 'schedules remove'"),
        (["audit", "hold", "j1"], "'audit hold' takes no 'j1': name the job with --job j1"),
        (["audit", "erase", "j1", "--dry-run"], "'audit erase' takes no 'j1': name the job with --job j1"),
    ])
    func `what would change nothing is refused by its name`(words: [String], message: String) async throws {
        try await Desk.with { desk in
            let outcome = await desk.run(words)
            #expect(outcome.code == .usage)
            #expect(outcome.notes.joined().contains(message), "\(outcome.notes)")
        }
    }

    @Test(arguments: [
        (Duration.zero, "0ms"), (Duration.milliseconds(1_500), "1500ms"), (Duration.seconds(90), "90s"),
        (Duration.seconds(60), "1m"), (Duration.seconds(7_200), "2h"), (Duration.seconds(86_400), "1d"),
    ])
    func `a time is told in the largest unit that leaves no rest`(time: Duration, words: String) {
        #expect(time.words == words)
    }
}
