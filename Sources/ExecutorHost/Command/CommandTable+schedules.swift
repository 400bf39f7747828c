import Cryptography
import JSON
import JobModel

extension CommandTable {
    /// Jobs that come again and again.
    static let schedules = Command(
        name: "schedules",
        summary: "Lists, adds or removes schedules of a server.",
        arguments: [.init(name: "list|add|remove"), .init(name: "FILE|ID", isOptional: true)],
        options: [
            .setting("--scheduler", "url", .schedulerURL),
            .value("--cron", "fields", "add: minute hour day-of-month month day-of-week, as '30 6 * * mon-fri'"),
            .value("--timezone", "name", "add: whose clocks, as Europe/Berlin (UTC)"),
            .value("--overlap", "word", "add: while an earlier job has not ended: skip, queue, cancel (skip)"),
            .value("--name", "name", "add: its name (the scenario's)"),
            .value("--var", "name=value", "add: a variable of the scenario", isRepeatable: true),
        ],
        examples: ["cpa schedules add report.yaml --cron '30 6 * * mon-fri' --timezone Europe/Berlin"],
        run: { invocation in
            let words = invocation.arguments.positionals
            try invocation.arguments.checkOptions(of: words[0], in: "schedules", scheduleOptions)
            switch (words[0], words.dropFirst().first) {
            case ("list", nil): return try await listSchedules(invocation)
            case ("add", _?): return try await addSchedule(invocation)
            case ("remove", let id?):
                let answer = try await SchedulerClient.with(invocation.configuration) { client in
                    try await client.call("DELETE", "/schedules/\(PercentCoding.encode(id))")
                }
                invocation.terminal.result(invocation.isJSON ? answer.text() : id)
                return .ok
            case ("add", nil): throw UsageError(message: "'schedules add' needs FILE", command: "schedules")
            case ("remove", nil): throw UsageError(message: "'schedules remove' needs ID", command: "schedules")
            default:
                throw UsageError(
                    message: "there is no 'schedules \(words.joined(separator: " "))'; use list, add FILE or remove ID",
                    command: "schedules"
                )
            }
        }
    )

    private static let scheduleOptions: [String: [String]] = [
        "list": [], "remove": [], "add": ["--cron", "--timezone", "--overlap", "--name", "--var"],
    ]

    private static func listSchedules(_ invocation: Invocation) async throws -> ExitCode {
        let answer = try await SchedulerClient.with(invocation.configuration) { try await $0.get("/schedules") }
        for schedule in (answer["schedules"]?.array ?? []).compactMap(\.object) {
            invocation.terminal.result(invocation.isJSON ? schedule.text() : row(ofSchedule: schedule))
        }
        return .ok
    }

    private static func addSchedule(_ invocation: Invocation) async throws -> ExitCode {
        guard let cron = invocation.arguments.value("--cron") else {
            throw UsageError(message: "'schedules add' needs --cron", command: "schedules")
        }
        var read = invocation
        read.arguments.positionals.removeFirst()
        let scenario = try await scenario(of: read)
        var body: JSONObject = [
            "scenario": .object(scenario.json), "cron": .string(cron),
            "name": .string(invocation.arguments.value("--name") ?? scenario.name),
        ]
        for name in ["timezone", "overlap"] {
            body[name] = invocation.arguments.value("--\(name)").map { .string($0) }
        }
        let answer = try await SchedulerClient.with(invocation.configuration) { [body] client in
            try await client.post("/schedules", body)
        }
        invocation.terminal.result(invocation.isJSON ? answer.text() : row(ofSchedule: answer))
        return .ok
    }

    private static func row(ofSchedule schedule: JSONObject) -> String {
        let columns = [
            schedule["id"]?.string ?? "", ProgressPrinter.pad(schedule["cron"]?.string ?? "", 16),
            ProgressPrinter.pad(schedule["timezone"]?.string ?? "", 16),
            "next \(schedule["next_at"]?.string ?? "never")", schedule["name"]?.string ?? "",
        ]
        return columns.joined(separator: "  ") + (schedule["problem"]?.string.map { "  (\($0))" } ?? "")
    }
}
