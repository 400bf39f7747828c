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
            .value("--concurrency", "number", "limit: jobs that run at once; none takes the limit away"),
            .value("--rate", "count/time", "limit: starts in a time, as 60/1m; none takes the limit away"),
            .value("--burst", "number", "limit: starts at once after a rest (1)"),
        ],
        examples: [
            "cpa queue pause --all --note 'portal is down until 14:00'",
            "cpa queue pause --running hold",
            "cpa queue limit --tenant acme --concurrency 4 --rate 60/1m --burst 10",
            "cpa queue limit --tenant acme --weight 3     what is not named stays",
            "cpa queue limit                              shows the limits of all",
        ],
        run: { invocation in
            let arguments = invocation.arguments
            let verb = arguments.positionals[0]
            try checkOptions(of: verb, arguments)
            let answer = try await SchedulerClient.with(invocation.configuration) { client in
                switch verb {
                case "pause":
                    try await client.post(
                        "/queue/pause",
                        try scope(arguments, ["note": "--note", "running": "--running"])
                    )
                case "resume": try await resume(invocation, client)
                case "limit": try await limit(arguments, client)
                default: try await client.get("/queue")
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

    /// Resumes, and says so where the tenant waits all the same.
    private static func resume(_ invocation: Invocation, _ client: SchedulerClient) async throws -> JSONObject {
        let policy = try await client.post("/queue/resume", try scope(invocation.arguments, [:]))
        // Who may resume need not be allowed to look.
        if policy["scope"] == "tenant", let pause = (try? await client.get("/queue"))?["paused"], !pause.isNull {
            invocation.terminal.note(
                "the whole queue is still paused, so nothing is given out: 'cpa queue resume --all' resumes it"
            )
        }
        return policy
    }

    private static let limitOptions = ["--weight", "--concurrency", "--rate", "--burst"]

    /// Refuses a verb there is not, and an option that would change nothing.
    private static func checkOptions(of verb: String, _ arguments: Arguments) throws {
        let own = [
            "show": [], "pause": ["--tenant", "--all", "--note", "--running"], "resume": ["--tenant", "--all"],
            "limit": ["--tenant"] + limitOptions,
        ]
        guard own[verb] != nil else {
            let suggestion = Suggestion.phrase(for: verb, among: ["show", "pause", "resume", "limit"])
            let remedy = suggestion.isEmpty ? "; use show, pause, resume or limit" : suggestion
            throw UsageError(message: "there is no 'queue \(verb)'\(remedy)", command: "queue")
        }
        try arguments.checkOptions(of: verb, in: "queue", own)
    }

    /// Changes the limits that are named, or shows those there are.
    private static func limit(_ arguments: Arguments, _ client: SchedulerClient) async throws -> JSONObject {
        let tenants = try await client.get("/queue")["tenants"]?.array ?? []
        let name = arguments.value("--tenant")
        guard limitOptions.contains(where: { arguments.value($0) != nil }) else {
            return ["tenants": .array(tenants.filter { name == nil || $0["tenant"]?.string == name })]
        }
        // Only keys of the default tenant may set limits.
        let tenant = name ?? TenantID.default.rawValue
        let old = tenants.first { $0["tenant"]?.string == tenant }?.object ?? [:]
        let body = try limits(arguments, of: tenant, after: old)
        return try await client.call(
            "PUT",
            "/queue/limits",
            body: .bytes(body.serialized()),
            type: "application/json"
        )
    }

    private static func limits(_ arguments: Arguments, of tenant: String, after old: JSONObject) throws -> JSONObject {
        var body: JSONObject = ["tenant": .string(tenant)]
        for name in ["weight", "concurrency", "rate"] { body[name] = old[name] }
        if let weight = arguments.value("--weight") { body["weight"] = JSONValue(try number(weight, "--weight")) }
        if let most = arguments.value("--concurrency") {
            body["concurrency"] = most == "none" ? .null : JSONValue(try number(most, "--concurrency"))
        }
        if let rate = arguments.value("--rate") { body["rate"] = try self.rate(rate, after: old["rate"]?.object) }
        if let burst = arguments.value("--burst") {
            guard var rate = body["rate"]?.object else {
                throw UsageError(message: "--burst goes with --rate: '\(tenant)' has none", command: "queue")
            }
            rate["burst"] = JSONValue(try number(burst, "--burst"))
            body["rate"] = .object(rate)
        }
        return body
    }

    private static func rate(_ text: String, after old: JSONObject?) throws -> JSONValue {
        guard text != "none" else { return .null }
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw UsageError(message: "--rate: '\(text)' is not of the form 60/1m, nor none", command: "queue")
        }
        var rate: JSONObject = ["count": JSONValue(try number(parts[0], "--rate")), "per": .string(parts[1])]
        rate["burst"] = old?["burst"]
        return .object(rate)
    }

    private static func number(_ text: String, _ option: String) throws(UsageError) -> Int {
        guard let number = Int(text) else {
            throw UsageError(message: "\(option): '\(text)' is no number", command: "queue")
        }
        return number
    }

    private static func lines(_ answer: JSONObject) -> [String] {
        guard let tenants = answer["tenants"]?.array else { return [line(answer)] }
        var lines: [String] = []
        if let paused = answer["paused"] { lines.append(line(["scope": "queue", "paused": paused])) }
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
            let period = rate["per"].flatMap { Duration(ofAnyLength: $0) }?.words ?? "?"
            words.append("\(count) starts in \(period), burst \(rate["burst"]?.int ?? 1)")
        }
        return words.joined(separator: "  ")
    }
}
