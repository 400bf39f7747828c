import JSON
import Testing

/// What nobody can mean, at every door of the queue: told where and why, and nothing is stored.
@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
    /// One request that must be refused.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path = "/jobs"
        var body: JSONValue
        var status = 400
        /// Words of the answer: the place, and what to do.
        var words: [String]
    }

    private static let task: JSONValue = ["id": "open", "action": "goto", "url": "https://x.example/"]

    private static func scenario(_ more: JSONObject = [:], tasks: [JSONValue] = [task]) -> JSONValue {
        .object((["name": "sample", "tasks": .array(tasks)] as JSONObject).merging(more))
    }

    private static func envelope(_ more: JSONObject) -> JSONValue {
        .object((["scenario": scenario()] as JSONObject).merging(more))
    }

    private static func schedule(_ more: JSONObject) -> JSONValue {
        .object((["name": "nightly", "cron": "0 3 * * *", "scenario": scenario()] as JSONObject).merging(more))
    }

    static let mistakes: [Mistake] = [
        .init(
            testDescription: "two tasks of one id",
            body: scenario(tasks: [task, task]),
            words: ["/tasks/1/id", "open"]
        ),
        .init(
            testDescription: "a priority beyond the scale",
            body: scenario(["priority": 1_000_000_000]),
            words: ["/priority", "-100 to 100", "1000000000"]
        ),
        .init(
            testDescription: "a priority in words",
            body: scenario(["priority": "urgent"]),
            words: ["/priority", "whole number", "urgent"]
        ),
        .init(
            testDescription: "a timeout below nothing",
            body: scenario(["timeout": -5]),
            words: ["/timeout", "-5"]
        ),
        .init(
            testDescription: "a timeout of nothing",
            body: scenario(["timeout": 0]),
            words: ["/timeout", "at least 1ms", "leave it out"]
        ),
        .init(
            testDescription: "a task's timeout that is too long",
            body: scenario(tasks: [["action": "reload", "timeout": 99_999_999_999_999]]),
            words: ["/tasks/0/timeout", "at most 366d"]
        ),
        .init(
            testDescription: "a start after the deadline",
            body: [
                "scenario": scenario(["deadline": "2998-01-01T00:00:00Z"]), "not_before": "2999-01-01T00:00:00Z",
            ],
            words: ["/not_before", "2999-01-01T00:00:00.000Z", "2998-01-01T00:00:00.000Z", "earlier"]
        ),
        .init(
            testDescription: "a pause between attempts below nothing",
            body: scenario(["retry": ["delay": -1]]),
            words: ["/retry/delay", "-1"]
        ),
        .init(
            testDescription: "fewer retries than none",
            body: scenario(["max_retries": -1]),
            words: ["/max_retries", "-1"]
        ),
        .init(
            testDescription: "a start that is a negative delay",
            body: envelope(["not_before": "-5s"]),
            words: ["/not_before", "2026-03-01T08:30:00Z"]
        ),
        .init(
            testDescription: "a deadline that has passed",
            body: scenario(["deadline": "2001-01-01T00:00:00Z"]),
            words: ["deadline", "passed"]
        ),
        .init(
            testDescription: "a queue there is not",
            body: envelope(["queue": "express"]),
            words: ["/queue", "not known"]
        ),
        .init(
            testDescription: "a queue in the scenario",
            body: scenario(["queue": "express"]),
            words: ["/queue"]
        ),
        .init(
            testDescription: "a scenario over the limit",
            body: scenario(["variables": ["text": .string(String(repeating: "x", count: 1 << 20))]]),
            status: 413,
            words: ["too_large", "1048576"]
        ),
        .init(
            testDescription: "one idempotency key for two submissions of a call",
            path: "/jobs/bulk?atomic=true",
            body: [
                envelope(["idempotency_key": "k"]),
                envelope(["idempotency_key": "k", "not_before": "2999-01-01T00:00:00Z"]),
            ],
            status: 422,
            words: ["/1", "idempotency key 'k'"]
        ),
        .init(
            testDescription: "one unique key for two jobs of a call",
            path: "/jobs/bulk?atomic=true",
            body: [envelope(["unique_key": "u"]), envelope(["unique_key": "u"])],
            status: 409,
            words: ["/1", "unique key 'u'"]
        ),
        .init(
            testDescription: "a minute that no clock shows",
            path: "/schedules",
            body: schedule(["cron": "61 * * * *"]),
            words: ["minute", "61"]
        ),
        .init(
            testDescription: "a cron line of three fields",
            path: "/schedules",
            body: schedule(["cron": "0 3 *"]),
            words: ["has 3 fields", "minute hour"]
        ),
        .init(
            testDescription: "a day that never comes",
            path: "/schedules",
            body: schedule(["cron": "0 3 31 2 *"]),
            words: ["never comes"]
        ),
        .init(
            testDescription: "a time zone of another planet",
            path: "/schedules",
            body: schedule(["timezone": "Mars/Olympus"]),
            words: [#""pointer":"/timezone""#, "Mars/Olympus", "Europe/Berlin"]
        ),
        .init(
            testDescription: "an overlap policy there is not",
            path: "/schedules",
            body: schedule(["overlap": "explode"]),
            words: ["/overlap", "skip, queue, cancel", "explode"]
        ),
        .init(
            testDescription: "a list of minutes without end",
            path: "/schedules",
            body: schedule([
                "cron": .string(Array(repeating: "1", count: 100).joined(separator: ",") + ",11 * * * *")
            ]),
            words: [#""pointer":"/cron""#, "has 210 bytes; 200 are allowed"]
        ),
        .init(
            testDescription: "a schedule without a name",
            path: "/schedules",
            body: schedule(["name": ""]),
            words: [#""pointer":"/name""#, "1 to 200 bytes"]
        ),
        .init(
            testDescription: "a file that would leave its job",
            path: "/artifacts?name=../x",
            body: "content",
            words: [#""parameter":"name""#, "../x", "path separator"]
        ),
        .init(
            testDescription: "a unique key of 201 bytes",
            body: envelope(["unique_key": .string(String(repeating: "u", count: 201))]),
            words: [#""pointer":"/unique_key""#, "1 to 200 bytes"]
        ),
        .init(
            testDescription: "an idempotency key of two lines",
            body: envelope(["idempotency_key": "a\nb"]),
            words: [#""pointer":"/idempotency_key""#, "no control characters"]
        ),
        .init(
            testDescription: "a unique key without a letter in a message",
            path: "/lam/message",
            body: [
                "id": "r", "ts": "2026-03-01T08:30:00Z", "type": "request", "sender": "agent://desk/me",
                "to": ["agent://scheduler"],
                "payload": ["scenario": scenario([:]), "unique_key": ""],
            ],
            words: [#""pointer":"/payload/unique_key""#, "1 to 200 bytes"]
        ),
        .init(
            testDescription: "a start after the deadline in a message",
            path: "/lam/message",
            body: [
                "id": "r", "ts": "2026-03-01T08:30:00Z", "type": "request", "sender": "agent://desk/me",
                "to": ["agent://scheduler"],
                "payload": [
                    "scenario": scenario(["deadline": "2998-01-01T00:00:00Z"]), "not_before": "2999-01-01T00:00:00Z",
                ],
            ],
            words: [#""pointer":"/payload/not_before""#, "earlier"]
        ),
        .init(
            testDescription: "a file whose name no job could use",
            body: envelope(["files": [".env": .string(String(repeating: "0", count: 64))]]),
            words: [#""pointer":"/files/.env""#, "starts with a dot"]
        ),
        .init(
            testDescription: "a way to resolve a conflict there is not",
            body: envelope(["unique_key": "u", "on_conflict": "win"]),
            words: ["/on_conflict", "reject", "win"]
        ),
        .init(
            testDescription: "a resolution there is not",
            path: "/jobs/x/resolve",
            body: ["resolution": "maybe"],
            words: ["/resolution", "redo", "maybe"]
        ),
        .init(
            testDescription: "a role there is not",
            path: "/keys",
            body: ["name": "x", "role": "boss"],
            words: ["/role", "viewer", "boss"]
        ),
        .init(
            testDescription: "scopes that are none",
            path: "/keys",
            body: ["name": "x", "role": "viewer", "scopes": "jobs"],
            words: ["/scopes", "jobs:read", #"is \"jobs\""#]
        ),
        .init(
            testDescription: "an end that has passed",
            path: "/keys",
            body: ["name": "x", "role": "viewer", "expires_at": "2001-01-01T00:00:00Z"],
            words: ["/expires_at", "2001-01-01T00:00:00Z"]
        ),
        .init(
            testDescription: "patience of a second",
            path: "/agents",
            body: ["name": "x", "capabilities": ["y"], "stale_after": "1s"],
            words: ["/stale_after", "3s to 1h", "1000 ms"]
        ),
        .init(
            testDescription: "patience that is no time",
            path: "/agents",
            body: ["name": "x", "capabilities": ["y"], "stale_after": "long"],
            words: ["/stale_after", "30s", "long"]
        ),
        .init(
            testDescription: "a pause of a queue there is not",
            path: "/queue/pause",
            body: ["scope": "express"],
            words: ["/scope", "tenant"]
        ),
    ]

    @Test(arguments: mistakes)
    func `it is refused by name, and nothing is stored`(_ mistake: Mistake) async throws {
        try await Stage.with { stage in
            let answer = try await stage.call(
                "POST",
                mistake.path,
                body: mistake.body.text(),
                headers: [("Content-Type", "application/json")]
            )
            #expect(answer.status == mistake.status)
            let text = String(decoding: answer.body, as: UTF8.self)
            for word in mistake.words { #expect(text.contains(word), "\(word): \(text)") }
            #expect(try await stage.call("GET", "/jobs").json["jobs"]?.array?.isEmpty == true)
            #expect(try await stage.call("GET", "/schedules").json["schedules"]?.array?.isEmpty == true)
            #expect(try await stage.call("GET", "/health").json["paused"] == false)
            let audit = try await stage.call("GET", "/audit").json["records"]?.array ?? []
            #expect(!audit.contains { $0["action"]?.string?.hasPrefix("job.") == true })
            let queue = try await stage.call("GET", "/health").json["queue"]
            #expect(queue == ["ready": 0, "delayed": 0, "leased": 0])
        }
    }
}
