import JSON

extension ODataExpression {
    /// What a part of a filter evaluates to, by the name the service has for it.
    enum Kind: String, Sendable {
        case boolean = "Edm.Boolean"
        case text = "Edm.String"
        case number = "Edm.Int32"
        /// Has members of its own, which can be asked about.
        case complex = "Edm.ComplexType"
    }

    /// Refuses what is neither true nor false, and comparisons of different kinds, in the service's words.
    ///
    /// - Parameter kind: of a property; nil when nobody knows, then it fits everywhere.
    func checkCondition(_ kind: (String) -> Kind?) throws(ODataParser.Failure) {
        switch self {
        case .and(let lhs, let rhs), .or(let lhs, let rhs):
            try lhs.checkCondition(kind)
            try rhs.checkCondition(kind)
        case .not(let inner):
            try inner.checkCondition(kind)
        case .any(_, _, let body):
            // Its paths begin with the variable, an element of which nothing is known.
            try body.checkCondition { _ in nil }
        case .compare(let comparison, let lhs, let rhs):
            guard let left = lhs.kind(kind), let right = rhs.kind(kind), left != right else { return }
            throw ODataParser.Failure(
                message: "Invalid filter clause: A binary operator with incompatible types was detected. Found operand "
                    + "types '\(left.rawValue)' and '\(right.rawValue)' for operator kind '\(comparison.name)'."
            )
        case .literal, .path, .call:
            guard self.kind(kind) ?? .boolean != .boolean else { return }
            throw ODataParser.Failure(
                message: "Invalid filter clause: The $filter expression must evaluate to a single boolean value."
            )
        }
    }

    private func kind(_ property: (String) -> Kind?) -> Kind? {
        switch self {
        case .literal(let value):
            switch value {
            case .bool: .boolean
            // A time too: it is written without quotes and kept as text.
            case .string: .text
            case .integer, .number: .number
            default: nil
            }
        case .path(let path): path.count == 1 ? property(path[0]) : nil
        default: .boolean
        }
    }
}

extension ODataExpression.Comparison {
    /// As the service calls it in messages.
    fileprivate var name: String {
        switch self {
        case .eq: "Equal"
        case .ne: "NotEqual"
        case .gt: "GreaterThan"
        case .ge: "GreaterThanOrEqual"
        case .lt: "LessThan"
        case .le: "LessThanOrEqual"
        }
    }
}
