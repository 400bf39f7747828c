import Cryptography
import JSON
import JobModel

extension LAMMessage {
    /// Hash over what it says: the same id with another one is a mistake.
    var fingerprint: [UInt8] {
        var parts = [type.rawValue, sender, epoch?.description ?? "", payload.text()]
        for part in [intent, task, conversationID, inReplyTo?.rawValue] { if let part { parts.append(part) } }
        var form: [UInt8] = []
        form.reserveCapacity(parts.reduce(0) { $0 + $1.utf8.count + 8 })
        for part in parts {
            form.append(contentsOf: String(part.utf8.count).utf8)
            form.append(UInt8(ascii: ":"))
            form.append(contentsOf: part.utf8)
        }
        return SHA256.digest(of: form).bytes
    }
}

extension SchedulerError {
    static func usedTwice(_ id: MessageID) -> SchedulerError {
        SchedulerError(.conflict, "Message id \(id) was used for another message")
    }
}
