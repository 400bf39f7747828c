/// A `$search`: conditions joined by AND (which may be left out), OR and NOT.
///
/// Source: Microsoft Graph, "Use the $search query parameter", message; Keyword Query Language syntax reference.
indirect enum KQLExpression: Sendable, Hashable {
    case term(KQLTerm)
    case and(KQLExpression, KQLExpression)
    case or(KQLExpression, KQLExpression)
    case not(KQLExpression)

    /// Whether it holds for a message.
    func matches(_ message: StoredMessage) -> Bool {
        switch self {
        case .term(let term): term.matches(message)
        case .and(let lhs, let rhs): lhs.matches(message) && rhs.matches(message)
        case .or(let lhs, let rhs): lhs.matches(message) || rhs.matches(message)
        case .not(let inner): !inner.matches(message)
        }
    }
}
