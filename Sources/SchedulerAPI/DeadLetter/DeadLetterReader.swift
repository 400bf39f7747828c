import HTTPServer
import JSON
import JobModel
import JobScheduler

/// Reads which dead letters are meant, from a query or from a body.
struct DeadLetterReader {
    /// Names a filter knows, in a query and in a body.
    static let parameters = DeadLetterRoutes.filter.map(\.name)
    private static let defaultLimit = 1_000

    let selection: DeadLetterSelection
    let isDryRun: Bool
    let isFresh: Bool

    /// Reads `{"jobs" | "filter", "limit", "dry_run", "fresh"}`.
    init(_ body: JSONObject, takesFresh: Bool) throws {
        let known = Set(["jobs", "filter", "limit", "dry_run"] + (takesFresh ? ["fresh"] : []))
        try body.refuseMembers(except: known)
        isDryRun = try body.flag("dry_run")
        isFresh = try body.flag("fresh")
        switch (body["jobs"], body["filter"]) {
        case (let jobs?, nil):
            guard let ids = jobs.array?.map(\.string), ids.allSatisfy({ $0 != nil }) else {
                throw Problem.member("/jobs", "must be an array of ids")
            }
            selection = .jobs(ids.compactMap { $0.map { JobID($0) } })
        case (nil, let filter?):
            guard let members = filter.object else {
                throw Problem.member("/filter", "must be an object; {} means all")
            }
            try members.refuseMembers(except: Set(Self.parameters), at: ["filter"])
            var items: [(String, String)] = []
            for (name, value) in members { items += try Self.texts(value, name).map { (name, $0) } }
            var limit = Self.defaultLimit
            if let value = body["limit"] {
                guard let number = value.int, (1...Scheduler.deadLetterLimit).contains(number) else {
                    throw Problem.member("/limit", "must be a number from 1 to \(Scheduler.deadLetterLimit)")
                }
                limit = number
            }
            selection = .filter(
                try Self.filter(items) { Problem.member(JSONPointer(["filter", $0]), $1) },
                limit: limit
            )
        default:
            throw Problem.member("", "say which: 'jobs' with ids, or a 'filter' ({} means all)")
        }
    }

    /// Reads a filter from the query.
    static func filter(of items: [(name: String, value: String)]) throws -> DeadLetterFilter {
        let items = items.filter { parameters.contains($0.name) }.flatMap { item in
            item.value.split(separator: ",", omittingEmptySubsequences: false).map { (item.name, String($0)) }
        }
        return try filter(items) { Problem.parameter($0, $1) }
    }

    private static func texts(_ value: JSONValue, _ name: String) throws -> [String] {
        let texts = (value.array ?? [value]).map { $0.string ?? $0.int.map(String.init) }
        guard texts.allSatisfy({ $0 != nil }) else {
            throw Problem.member(JSONPointer(["filter", name]), "must be text or an array of texts")
        }
        return texts.compactMap(\.self)
    }

    private static func filter(
        _ items: [(name: String, value: String)],
        _ problem: (_ name: String, _ detail: String) -> Problem
    ) throws -> DeadLetterFilter {
        var filter = DeadLetterFilter()
        var states: Set<JobState> = []
        for (name, value) in items {
            switch name {
            case "status":
                guard let state = JobState(rawValue: value), DeadLetterFilter.states.contains(state) else {
                    throw problem(name, "must be failed or dead, is '\(value.prefix(60))'")
                }
                states.insert(state)
            case "reason":
                guard let reason = ReasonCode(rawValue: value) else {
                    let suggestion = Suggestion.phrase(for: value, among: ReasonCode.allCases.map(\.rawValue))
                    let remedy = suggestion.isEmpty ? "; docs/scenarios.md lists them" : suggestion
                    throw problem(name, "there is no reason code '\(value.prefix(60))'\(remedy)")
                }
                filter.reasons.insert(reason)
            case "intent": filter.intent = value
            case "name": filter.name = value
            default:
                guard let age = Duration(scenario: .string(value)) else {
                    throw problem(name, "must be a duration such as 30s, at most 366d, is '\(value.prefix(60))'")
                }
                if name == "older_than" {
                    filter.olderThan = age.milliseconds
                } else {
                    filter.newerThan = age.milliseconds
                }
            }
        }
        if !states.isEmpty { filter.states = states }
        return filter
    }
}
