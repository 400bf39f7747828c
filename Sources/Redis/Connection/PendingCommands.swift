/// Commands without a reply yet, each with its deadline and the call it belongs to.
///
/// Exactly-once by removal: a reply, a deadline, a cancel and the end of the connection race for an entry.
struct PendingCommands {
    /// One command.
    struct Entry {
        var deadline: ContinuousClock.Instant
        var isSent = false
        /// Whether it ends with the first failed attempt to connect instead of waiting for the next.
        var isImpatient = false
        /// The call, and which of its commands this is.
        var call: RedisCall
        var index = 0

        mutating func markSent() { isSent = true }
    }

    private var entries: [UInt64: Entry] = [:]
    /// Those not sent yet, in order; may name entries that are gone.
    private var unsent: [(id: UInt64, arguments: [RedisArgument])] = []

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }
    var hasSent: Bool { entries.values.contains(where: \.isSent) }

    mutating func insert(_ arguments: [RedisArgument], _ entry: Entry, id: UInt64) {
        entries[id] = entry
        unsent.append((id, arguments))
    }

    mutating func remove(_ id: UInt64) -> Entry? { entries.removeValue(forKey: id) }

    /// What is to be sent now; marked as sent.
    mutating func takeUnsent() -> [(id: UInt64, arguments: [RedisArgument])] {
        defer { unsent = [] }
        for place in unsent.indices.reversed() {
            if entries[unsent[place].id]?.markSent() == nil { unsent.remove(at: place) }
        }
        return unsent
    }

    /// Removes those that were sent: without their connection they get no reply.
    mutating func removeSent() -> [Entry] {
        let sent = entries.filter { $0.value.isSent }
        for id in sent.keys { entries[id] = nil }
        return Array(sent.values)
    }

    /// Removes those that do not wait for another attempt to connect.
    mutating func removeImpatient() -> [Entry] {
        let impatient = entries.filter { $0.value.isImpatient }
        for id in impatient.keys { entries[id] = nil }
        return Array(impatient.values)
    }

    mutating func removeAll() -> [Entry] {
        defer {
            entries = [:]
            unsent = []
        }
        return Array(entries.values)
    }

    /// Removes those whose deadline is not after `now`.
    mutating func removeExpired(_ now: ContinuousClock.Instant) -> [Entry] {
        let expired = entries.filter { $0.value.deadline <= now }
        for id in expired.keys { entries[id] = nil }
        return Array(expired.values)
    }

    var nextDeadline: ContinuousClock.Instant? { entries.values.lazy.map(\.deadline).min() }
}
