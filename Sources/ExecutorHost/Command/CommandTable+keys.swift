import Cryptography
import JSON
import JobModel
import JobScheduler

extension CommandTable {
    /// Who may call the API.
    static let keys = Command(
        name: "keys",
        summary: "Makes, lists or revokes API keys of a server.",
        arguments: [.init(name: "create|list|revoke"), .init(name: "NAME|ID", isOptional: true)],
        options: [
            .setting("--scheduler", "url", .schedulerURL),
            .value("--role", "role", "create: viewer, operator, approver or admin (operator)"),
            .value("--scopes", "list", "create: narrowed to these, by comma (all that the role may do)"),
            .value("--expires", "time", "create: in a duration as 90d, or at a time (never)"),
            .value("--tenant", "name", "create, list: whose (your own tenant)"),
        ],
        examples: [
            "cpa keys create backoffice --role viewer --expires 90d",
            "cpa keys create worker-3 --scopes work   # for cpa worker on another machine",
            "cpa keys list --tenant acme",
        ],
        run: { invocation in
            let words = invocation.arguments.positionals
            switch (words[0], words.dropFirst().first) {
            case ("list", nil): return try await listKeys(invocation)
            case ("create", let name?): return try await createKey(name, invocation)
            case ("revoke", let id?):
                let answer = try await SchedulerClient.with(invocation.configuration) { client in
                    try await client.call("DELETE", "/keys/\(PercentCoding.encode(id))")
                }
                invocation.terminal.result(invocation.isJSON ? answer.text() : row(ofKey: answer))
                return .ok
            case ("create", nil): throw UsageError(message: "'keys create' needs NAME", command: "keys")
            case ("revoke", nil): throw UsageError(message: "'keys revoke' needs ID", command: "keys")
            default:
                throw UsageError(
                    message: "there is no 'keys \(words.joined(separator: " "))'; use create NAME, list or revoke ID",
                    command: "keys"
                )
            }
        }
    )

    private static func listKeys(_ invocation: Invocation) async throws -> ExitCode {
        let tenant = invocation.arguments.value("--tenant").map { "?tenant=" + PercentCoding.encode($0) } ?? ""
        let answer = try await SchedulerClient.with(invocation.configuration) { try await $0.get("/keys\(tenant)") }
        for key in (answer["keys"]?.array ?? []).compactMap(\.object) {
            invocation.terminal.result(invocation.isJSON ? key.text() : row(ofKey: key))
        }
        return .ok
    }

    private static func createKey(_ name: String, _ invocation: Invocation) async throws -> ExitCode {
        let arguments = invocation.arguments
        var body: JSONObject = ["name": .string(name), "role": .string(arguments.value("--role") ?? "operator")]
        body["tenant"] = arguments.value("--tenant").map { .string($0) }
        body["scopes"] = arguments.value("--scopes").map { list in
            .array(list.split(separator: ",").map { .string($0.filter { $0 != " " }) })
        }
        if let text = arguments.value("--expires") {
            let time = Duration(scenario: .string(text)).map { SchedulerEnvironment.live.now() + $0.milliseconds }
            guard let time = time ?? RFC3339.parse(text) else {
                throw UsageError(
                    message: "--expires: '\(text)' is neither a duration as 90d nor a time as 2027-01-01T00:00:00Z",
                    command: "keys"
                )
            }
            body["expires_at"] = .string(RFC3339.format(time))
        }
        let answer = try await SchedulerClient.with(invocation.configuration) { [body] client in
            try await client.post("/keys", body)
        }
        if invocation.isJSON {
            invocation.terminal.result(answer.text())
        } else {
            invocation.terminal.result(answer["key"]?.string ?? "")
            invocation.terminal.note(
                "This is the only time the key is shown. 'cpa keys revoke \(answer["id"]?.string ?? "")' ends it."
            )
        }
        return .ok
    }

    private static func row(ofKey key: JSONObject) -> String {
        let scopes = key["scopes"]?.array.map { $0.compactMap(\.string).joined(separator: ",") } ?? "all"
        let state =
            if let time = key["revoked_at"]?.string {
                "revoked \(time)"
            } else if let time = key["expires_at"]?.string {
                "until \(time)"
            } else {
                "valid"
            }
        let columns = [
            key["id"]?.string ?? "", ProgressPrinter.pad(key["name"]?.string ?? "", 20),
            ProgressPrinter.pad(key["role"]?.string ?? "", 8), ProgressPrinter.pad(scopes, 14),
            ProgressPrinter.pad(state, 28), "used \(key["last_used_at"]?.string ?? "never")",
        ]
        return columns.joined(separator: "  ")
    }
}
