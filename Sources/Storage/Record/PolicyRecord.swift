import JSON
package import JobModel

/// What an operator said about the queue or about one tenant: durable, and given to the dispatch index again and again.
package struct PolicyRecord: Hashable, Sendable {
    /// Whose; nil for the whole queue, which has a pause and nothing else.
    package var tenant: TenantID?
    /// Since when nothing is given out, by whom and why; nil when it is.
    package var pause: Pause?
    /// Its share beside other tenants.
    package var weight: Int
    /// Jobs that run at once; nil for no limit.
    package var concurrency: Int?
    /// Starts in a time; nil for no limit.
    package var rate: Rate?

    /// What becomes of jobs that run when a pause begins.
    package enum Running: String, Hashable, Sendable, CaseIterable {
        case goOn = "go_on"
        /// They begin no further step.
        case hold
        /// They stop and go back to the queue.
        case handBack = "hand_back"
    }

    /// A pause.
    package struct Pause: Hashable, Sendable {
        /// Milliseconds since 1970.
        package var since: Int64
        package var actor: String
        package var note: String?
        package var running: Running

        /// A pause.
        package init(since: Int64, actor: String, note: String?, running: Running = .goOn) {
            self.since = since
            self.actor = actor
            self.note = note
            self.running = running
        }
    }

    /// Starts in a time.
    package struct Rate: Hashable, Sendable {
        package var count: Int
        /// Milliseconds.
        package var period: Int64
        package var burst: Int

        /// A rate.
        package init(count: Int, period: Int64, burst: Int) {
            self.count = count
            self.period = period
            self.burst = burst
        }
    }

    /// What holds when nobody said anything.
    package init(tenant: TenantID?) {
        self.tenant = tenant
        weight = 1
    }

    /// Whether it says nothing that would not hold anyway.
    package var isDefault: Bool { self == PolicyRecord(tenant: tenant) }
}

extension PolicyRecord {
    var json: JSONObject {
        var json: JSONObject = ["weight": JSONValue(weight)]
        json["concurrency"] = concurrency.map { JSONValue($0) }
        json["rate"] = rate.map {
            ["count": JSONValue($0.count), "period_ms": .integer($0.period), "burst": JSONValue($0.burst)]
        }
        json["pause"] = pause.map {
            [
                "since_ms": .integer($0.since), "actor": .string($0.actor),
                "note": $0.note.map { .string($0) } ?? .null, "running": .string($0.running.rawValue),
            ]
        }
        return json
    }

    init(tenant: TenantID?, json: JSONObject) {
        self.init(tenant: tenant)
        weight = json["weight"]?.int ?? 1
        concurrency = json["concurrency"]?.int
        if let value = json["rate"], let count = value["count"]?.int, let period = value["period_ms"]?.int64 {
            rate = Rate(count: count, period: period, burst: value["burst"]?.int ?? 1)
        }
        if let value = json["pause"], let since = value["since_ms"]?.int64 {
            pause = Pause(
                since: since,
                actor: value["actor"]?.string ?? "",
                note: value["note"]?.string,
                running: value["running"]?.string.flatMap(Running.init(rawValue:)) ?? .goOn
            )
        }
    }
}
