import Cryptography
import JSON
import JobModel

extension LAMMessage {
    /// Hash over what it says: the same id with another one is a mistake.
    var fingerprint: [UInt8] {
        var hash = SHA256()
        var parts = [type.rawValue, sender, epoch?.description ?? "", payload.text()]
        for part in [intent, task, conversationID, inReplyTo?.rawValue] { if let part { parts.append(part) } }
        for part in parts {
            hash.update("\(part.utf8.count):")
            hash.update(part)
        }
        return hash.finalize().bytes
    }
}

extension SchedulerError {
    static func usedTwice(_ id: MessageID) -> SchedulerError {
        SchedulerError(.conflict, "Message id \(id) was used for another message")
    }
}
