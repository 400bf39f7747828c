import Synchronization

/// The gates of all mailboxes; safe from anywhere.
final class MailboxGates: Sendable {
    /// Mailboxes remembered; idle ones go first, then any.
    private static let capacity = 4096
    private let gates = Mutex<[String: MailboxGate]>([:])

    init() {}

    /// Changes or asks the gate of a mailbox.
    func with<R: Sendable>(
        _ mailbox: String,
        now: ContinuousClock.Instant,
        _ body: (inout MailboxGate) -> R
    ) -> R {
        let mailbox = mailbox.lowercased()
        return gates.withLock { gates in
            if gates[mailbox] == nil, gates.count >= Self.capacity { Self.makeRoom(&gates, now) }
            return body(&gates[mailbox, default: MailboxGate(now: now)])
        }
    }

    private static func makeRoom(_ gates: inout [String: MailboxGate], _ now: ContinuousClock.Instant) {
        for key in Array(gates.keys) where gates[key]?.isIdle(now: now) == true { gates[key] = nil }
        while gates.count >= capacity, let key = gates.keys.first { gates[key] = nil }
    }
}
