import HTTPClient
import JSON
import JobModel

extension CommandTable {
    /// The queue as a whole.
    static let queue = Command(
        name: "queue",
        summary: "Shows, pauses, resumes or limits the queue of a server.",
        arguments: [.init(name: "show|pause|resume|limit")],
        options: [
            .setting("--scheduler", "url", .schedulerURL),
            .value("--tenant", "name", "whose jobs; the key's own tenant unless said"),
            .flag("--all", "pause, resume: all tenants"),
            .value("--note", "text", "pause: why"),
            .value("--running", "go_on|hold|hand_back", "pause: what becomes of jobs that run (go_on)"),
            .value("--weight", "number", "limit: share beside other tenants, 1 to 100 (1)"),
            .value("--concurrency", "number", "limit: jobs that run at once (no limit)"),
            .value("--rate", "count/time", "limit: starts in a time, as 60/1m (no limit)"),
            .value("--burst", "number", "limit: starts at once after a rest (1)"),
        ],
        examples: [
            "cpa queue pause --all --note 'portal is down until 14:00'",
            "cpa queue pause --running hold",
            "cpa queue limit --tenant acme --concurrency 4 --rate 60/1m --burst 10",
        ],
        run: { invocation in
            let arguments = invocation.arguments
            let answer = try await SchedulerClient.with(invocation.configuration) { client in
                switch arguments.positionals[0] {
                case "show": try await client.get("/queue")
                case "pause":
                    try await client.post(
                        "/queue/pause",
                        try scope(arguments, ["note": "--note", "running": "--running"])
                    )
                case "resume": try await client.post("/queue/resume", try scope(arguments, [:]))
                case "limit":
                    try await client.call(
                        "PUT",
                        "/queue/limits",
                        body: .bytes(try limits(arguments).serialized()),
                        type: "application/json"
                    )
                default:
                    throw UsageError(
                        message: "there is no 'queue \(arguments.positionals[0])'; use show, pause, resume or limit",
                        command: "queue"
                    )
                }
            }
            for line in invocation.isJSON ? [answer.text()] : lines(answer) { invocation.terminal.result(line) }
            return .ok
        }
    )

    private static func scope(_ arguments: Arguments, _ texts: [String: String]) throws -> JSONObject {
        var body: JSONObject = ["scope": arguments.flags.contains("--all") ? "queue" : "tenant"]
        body["tenant"] = arguments.value("--tenant").map { .string($0) }
        for (name, option) in texts { body[name] = arguments.value(option).map { .string($0) } }
        return body
    }

    private static func limits(_ arguments: Arguments) throws -> JSONObject {
        var body = JSONObject()
        body["tenant"] = arguments.value("--tenant").map { .string($0) }
        for name in ["weight", "concurrency"] {
            guard let value = arguments.value("--\(name)") else { continue }
            body[name] = JSONValue(try number(value, "--\(name)"))
        }
        guard let rate = arguments.value("--rate") else {
            if arguments.value("--burst") != nil {
                throw UsageError(message: "--burst goes with --rate", command: "queue")
            }
            return body
        }
        let parts = rate.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw UsageError(message: "--rate: '\(rate)' is not of the form 60/1m", command: "queue")
        }
        var members: JSONObject = ["count": JSONValue(try number(parts[0], "--rate")), "per": .string(parts[1])]
        if let burst = arguments.value("--burst") { members["burst"] = JSONValue(try number(burst, "--burst")) }
        body["rate"] = .object(members)
        return body
    }

    private static func number(_ text: String, _ option: String) throws(UsageError) -> Int {
        guard let number = Int(text) else {
            throw UsageError(message: "\(option): '\(text)' is no number", command: "queue")
        }
        return number
    }

    private static func lines(_ answer: JSONObject) -> [String] {
        guard let tenants = answer["tenants"]?.array else { return [line(answer)] }
        var lines = [line(["scope": "queue", "paused": answer["paused"] ?? .null])]
        if let jobs = answer["jobs"]?.object {
            lines.append("  " + jobs.map { "\($0.key) \($0.value.text())" }.joined(separator: "  "))
        }
        return lines + tenants.compactMap(\.object).map(line)
    }

    private static func line(_ policy: JSONObject) -> String {
        var words = [ProgressPrinter.pad(policy["tenant"]?.string ?? "(queue)", 20)]
        if let pause = policy["paused"], !pause.isNull {
            let note = pause["note"]?.string.map { ": \($0)" } ?? ""
            words.append("paused since \(pause["since"]?.string ?? "?") by \(pause["by"]?.string ?? "?")\(note)")
            switch pause["running"]?.string {
            case "hold": words.append("what runs holds before its next step")
            case "hand_back": words.append("what runs goes back to the queue")
            default: break
            }
        } else {
            words.append("runs")
        }
        if let weight = policy["weight"]?.int, weight != 1 { words.append("weight \(weight)") }
        if let most = policy["concurrency"]?.int { words.append("at most \(most) at once") }
        if let rate = policy["rate"], let count = rate["count"]?.int {
            words.append("\(count) starts in \(rate["per"]?.string ?? "?"), burst \(rate["burst"]?.int ?? 1)")
        }
        return words.joined(separator: "  ")
    }
}
