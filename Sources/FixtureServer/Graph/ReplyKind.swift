/// The ways to answer a message.
enum ReplyKind: Sendable {
    case reply, replyAll, forward

    /// By the action's name in lower case, without `create`.
    init(_ action: Substring) {
        switch action {
        case "replyall": self = .replyAll
        case "forward": self = .forward
        default: self = .reply
        }
    }

    /// What the subject of the answer begins with.
    var prefix: String { self == .forward ? "FW: " : "RE: " }
}
