package import JSON

/// Reads `retry` and notes every problem.
struct RetryReader {
    let json: JSONObject
    let pointer: JSONPointer
    var problems: ProblemCollector

    /// Whether it is said how often, beside how.
    enum Count {
        case given
        /// The member that would say it.
        case missing(String)
    }

    /// The policy, and how often a list of delays tries again by itself.
    ///
    /// - Parameter fallback: what holds for what is not said.
    mutating func read(_ fallback: RetryPolicy, _ count: Count) -> (policy: RetryPolicy, listed: Int?) {
        let policy = policy(fallback)
        if case .list(let delays) = policy.backoff { return (policy, delays.count) }
        if case .missing(let name) = count {
            problems.add(pointer, "says how it is tried again, but not how often; add '\(name)' beside it")
        }
        return (policy, nil)
    }

    private mutating func policy(_ fallback: RetryPolicy) -> RetryPolicy {
        problems.check(members: json, against: RetrySchema.fields, at: pointer, of: "retry")
        var policy = fallback
        let word = json["policy"]?.string ?? Self.word(implied: json, fallback)
        checkMembers(of: word)
        policy.backoff = backoff(word, fallback)
        policy.jitter = fraction("jitter", 0...1) ?? (word == "exponential" ? 1 : 0)
        if let on = json["on"] { policy.on = matters(on, "on") }
        if let never = json["never_on"] { policy.neverOn = matters(never, "never_on") }
        return policy
    }

    /// `delays` alone says list, `factor` or `max_delay` exponential.
    private static func word(implied json: JSONObject, _ fallback: RetryPolicy) -> String {
        if json["delays"] != nil { return "list" }
        if json["factor"] != nil || json["max_delay"] != nil { return "exponential" }
        switch fallback.backoff {
        case .fixed: return "fixed"
        case .exponential: return "exponential"
        case .list: return "list"
        }
    }

    private mutating func checkMembers(of policy: String) {
        let own = ["fixed": ["delay"], "exponential": ["delay", "factor", "max_delay"], "list": ["delays"]]
        for name in ["delay", "factor", "max_delay", "delays"] where json[name] != nil {
            guard let mine = own[policy], !mine.contains(name) else { continue }
            problems.add(
                pointer.appending(name),
                "does not belong to policy \(policy), which takes \(mine.joined(separator: ", "))",
                atKey: true
            )
        }
    }

    private mutating func backoff(_ policy: String, _ fallback: RetryPolicy) -> RetryPolicy.Backoff {
        let delay = json["delay"].flatMap { Duration(scenario: $0) }
        switch policy {
        case "list":
            return .list(delays())
        case "exponential":
            let first = delay ?? .milliseconds(fallback.firstDelay)
            let cap = json["max_delay"].flatMap { Duration(scenario: $0) } ?? max(.seconds(300), first)
            if cap < first {
                problems.add(pointer.appending("max_delay"), "is shorter than the first delay; make it longer")
            }
            return .exponential(first: first, factor: fraction("factor", 1...10) ?? 2, cap: cap)
        default:
            return .fixed(delay ?? .milliseconds(fallback.firstDelay))
        }
    }

    private mutating func delays() -> [Duration] {
        guard let value = json["delays"] else {
            problems.add(pointer, "policy list needs 'delays', such as [1s, 10s, 1m]")
            return []
        }
        let place = pointer.appending("delays")
        guard let elements = value.array, (1...RetrySchema.maximumDelays).contains(elements.count) else {
            problems.add(place, "must be an array of 1 to \(RetrySchema.maximumDelays) durations")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            if let delay = Duration(scenario: element) { return delay }
            if let problem = FieldType.duration.problem(with: element) {
                problems.add(place.appending(index), problem)
            }
            return nil
        }
    }

    private mutating func fraction(_ name: String, _ range: ClosedRange<Double>) -> Double? {
        guard let value = json[name], let number = value.double else { return nil }
        if range.contains(number) { return number }
        problems.add(
            pointer.appending(name),
            "must be from \(Int(range.lowerBound)) to \(Int(range.upperBound)), is \(TaskReader.shown(value))"
        )
        return nil
    }

    private mutating func matters(_ value: JSONValue, _ name: String) -> Set<RetryPolicy.Matter> {
        let place = pointer.appending(name)
        guard let elements = value.array else {
            return Set([matter(value, at: place)].compactMap(\.self))
        }
        return Set(elements.enumerated().compactMap { matter($1, at: place.appending($0)) })
    }

    private mutating func matter(_ value: JSONValue, at place: JSONPointer) -> RetryPolicy.Matter? {
        guard let word = value.string else { return nil }
        if let kind = ReasonCode.Kind(rawValue: word), kind != .final { return .kind(kind) }
        guard let reason = ReasonCode(rawValue: word) else {
            let words = ReasonCode.allCases.map(\.rawValue) + ["application", "business"]
            let suggestion = Suggestion.phrase(for: word, among: words)
            let remedy = suggestion.isEmpty ? "; docs/scenarios.md lists them" : suggestion
            problems.add(place, "there is no reason code '\(word)'\(remedy)")
            return nil
        }
        if reason.kind == .final, !place.components.contains("never_on") {
            problems.add(place, "'\(word)' is never tried again, whatever a policy says; leave it out")
        }
        return .reason(reason)
    }
}

extension RetryPolicy {
    /// Milliseconds of the first delay, without chance.
    fileprivate var firstDelay: Int64 {
        switch backoff {
        case .fixed(let delay): delay.milliseconds
        case .exponential(let first, _, _): first.milliseconds
        case .list(let delays): delays.first?.milliseconds ?? 0
        }
    }
}

extension RetryPolicy {
    /// The policy in a scenario that was checked before.
    package init(checked json: JSONObject, fallback: RetryPolicy) {
        var reader = RetryReader(json: json, pointer: "/retry", problems: ProblemCollector())
        self = reader.read(fallback, .given).policy
    }
}
