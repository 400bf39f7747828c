import Cryptography
import JSON
import JobModel

extension CommandTable {
    /// Says what became of a step in doubt.
    static let resolve = Command(
        name: "resolve",
        summary: "Says what became of a job that needs a human (needs_review).",
        arguments: [.init(name: "ID"), .init(name: "done|redo|fail")],
        options: [.setting("--scheduler", "url", .schedulerURL)],
        examples: [
            "cpa explain $id           what done, redo and fail come to for this job",
            "cpa resolve $id done      the step happened: go on after it",
            "cpa resolve $id redo      it did not: do it",
            "cpa resolve $id fail      give the job up",
        ],
        run: { invocation in
            let word = invocation.arguments.positionals[1]
            let words = ["done", "redo", "fail"]
            guard words.contains(word) else {
                let suggestion = Suggestion.phrase(for: word, among: words)
                let remedy = suggestion.isEmpty ? "; use done, redo or fail" : suggestion
                throw UsageError(message: "there is no resolution '\(word)'\(remedy)", command: "resolve")
            }
            return try await steer(invocation, "resolve", ["resolution": .string(word)])
        }
    )

    /// Runs an ended job again.
    static let retry = Command(
        name: "retry",
        summary:
            "Runs an ended job of a server again, a done one with --fresh; what changed the world is not repeated.",
        arguments: [.init(name: "ID")],
        options: [
            .setting("--scheduler", "url", .schedulerURL),
            .flag("--fresh", "forget what was done: even mails go out again"),
        ],
        examples: ["cpa retry $id && cpa watch $id"],
        run: { invocation in
            try await steer(invocation, "retry", ["fresh": .bool(invocation.arguments.flags.contains("--fresh"))])
        }
    )

    private static func steer(_ invocation: Invocation, _ verb: String, _ body: JSONObject) async throws -> ExitCode {
        let id = PercentCoding.encode(invocation.arguments.positionals[0])
        let job = try await SchedulerClient.with(invocation.configuration) { client in
            try await client.post("/jobs/\(id)/\(verb)", body)
        }
        invocation.terminal.result(invocation.isJSON ? job.text() : row(of: job))
        // Where there is no reason beside it, it is no failure but what the job came to.
        if !invocation.isJSON, job["reason"] == nil, let message = job["message"]?.string {
            invocation.terminal.note(message)
        }
        return .ok
    }
}
