/// Commands without a reply yet, each with its deadline and the call it belongs to.
///
/// Exactly-once by removal: a reply, a deadline, a cancel and the end of the connection race for an entry.
struct PendingCommands {
    /// One command.
    struct Entry {
        /// Empty once they were sent.
        var arguments: [RedisArgument]
        var deadline: ContinuousClock.Instant
        var isSent = false
        /// Whether it ends with the first failed attempt to connect instead of waiting for the next.
        var isImpatient = false
        /// The call, and which of its commands this is.
        var call: RedisCall
        var index = 0

        fileprivate mutating func send() -> [RedisArgument] {
            defer { arguments = [] }
            isSent = true
            return arguments
        }
    }

    private var entries: [UInt64: Entry] = [:]
    /// Those not sent yet, in order; may name entries that are gone, though no more than there are others.
    private(set) var unsent: [UInt64] = []

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }
    var hasSent: Bool { entries.values.contains(where: \.isSent) }

    mutating func insert(_ entry: Entry, id: UInt64) {
        entries[id] = entry
        unsent.append(id)
        // Without a server they expire, and nobody takes them.
        if unsent.count > 2 * entries.count { unsent.removeAll { entries[$0] == nil } }
    }

    mutating func remove(_ id: UInt64) -> Entry? { entries.removeValue(forKey: id) }

    /// What nobody waits for any more: one that was sent stays until its reply or its deadline, for a connection that owes a
    /// reply may be dead.
    mutating func abandon(_ id: UInt64) -> Entry? {
        guard let entry = entries[id] else { return nil }
        if !entry.isSent { entries[id] = nil }
        return entry
    }

    /// What is to be sent now; marked as sent.
    mutating func takeUnsent() -> [(id: UInt64, arguments: [RedisArgument])] {
        let ids = unsent
        unsent = []
        return ids.compactMap { id in
            guard let arguments = entries[id]?.send() else { return nil }
            return (id, arguments)
        }
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
