@_spi(_Unicode) import Swift

#if canImport(Glibc)
    import Glibc
#endif

/// An identifier that is a string on the wire. Two are the same when their bytes are, as in the store: strings of Swift are when
/// they look the same.
package protocol StringIdentifier: RawRepresentable, Hashable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral
where RawValue == String {
    /// Wraps the string as it is.
    init(rawValue: String)
}

extension StringIdentifier {
    /// Wraps the string as it is.
    package init(_ rawValue: String) { self.init(rawValue: rawValue) }
    /// Wraps a literal.
    package init(stringLiteral value: String) { self.init(rawValue: value) }
    /// The string.
    package var description: String { rawValue }

    package static func == (lhs: Self, rhs: Self) -> Bool { lhs.rawValue.hasBytes(of: rhs.rawValue) }
}

extension String {
    /// Whether two say the same byte by byte; compared as memory, which takes a thirtieth of the time.
    fileprivate func hasBytes(of other: String) -> Bool {
        let isSame = utf8.withContiguousStorageIfAvailable { one in
            other.utf8.withContiguousStorageIfAvailable { other in
                guard one.count == other.count, let mine = one.baseAddress, let its = other.baseAddress else {
                    return one.isEmpty && other.isEmpty
                }
                return memcmp(mine, its, one.count) == 0
            }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}

/// Names a job; time-ordered, made by the scheduler (or `cpa run`).
package struct JobID: StringIdentifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// Names a tenant; `default` unless set.
package struct TenantID: StringIdentifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    /// The tenant of a single-tenant installation.
    package static let `default` = TenantID("default")

    /// A tenant somebody names; nil for what is no name: it has 1 to 100 bytes of composed Unicode (NFC), so that no two look the
    /// same, and no control character.
    package init?(checking name: String) {
        guard (1...100).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }),
            name._nfc.elementsEqual(name.unicodeScalars)
        else { return nil }
        self.init(name)
    }
}

/// Names one worker process for its lifetime.
package struct WorkerID: StringIdentifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// Names a task of a job: its `id`, or `t<index>` counted from 0.
package struct StepID: StringIdentifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// Names a LAM message; messages are processed once per id.
package struct MessageID: StringIdentifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// The fencing token of a lease: grows with every claim of a job, and every write names it.
package struct Epoch: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
    package static func < (lhs: Epoch, rhs: Epoch) -> Bool { lhs.rawValue < rhs.rawValue }
    /// The number.
    package var description: String { String(rawValue) }
}

/// What the journal and mail keys are made of: never the attempt, so a retry finds what an earlier attempt did.
package struct JournalKey: Hashable, Sendable {
    /// The job.
    package var job: JobID
    /// The task.
    package var step: StepID
    /// Which round of a `for_each`; 0 without one.
    package var iteration: Int

    /// A key.
    package init(job: JobID, step: StepID, iteration: Int = 0) {
        self.job = job
        self.step = step
        self.iteration = iteration
    }
}

/// Names an agent outside: made by the scheduler when it registers.
package struct AgentID: StringIdentifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// Names a conversation: one task given to agents, from the first question to the result.
package struct ConversationID: StringIdentifier {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}
