import JSON

/// Something a `$filter` can ask about.
protocol ODataSubject {
    /// The value of a property, or of a property of one; null when there is none.
    func value(at path: [String]) -> JSONValue
}

extension JSONObject: ODataSubject {
    func value(at path: [String]) -> JSONValue { path.reduce(.object(self)) { $0[$1] ?? .null } }
}

/// A `$filter` expression: the part of OData 4.01 §5.1.1 that mail understands.
indirect enum ODataExpression: Sendable, Hashable {
    /// `eq`, `ne`, `gt`, `ge`, `lt`, `le`
    enum Comparison: String, Sendable {
        case eq, ne, gt, ge, lt, le
    }

    /// `contains`, `startswith`, `endswith`
    enum Function: String, Sendable {
        case contains, startswith, endswith
    }

    case literal(JSONValue)
    /// A property, or a property of a lambda's variable.
    case path([String])
    case compare(Comparison, ODataExpression, ODataExpression)
    case call(Function, ODataExpression, ODataExpression)
    case any(path: [String], variable: String, body: ODataExpression)
    case and(ODataExpression, ODataExpression)
    case or(ODataExpression, ODataExpression)
    case not(ODataExpression)

    /// The properties it names outside lambdas, in the order written.
    var properties: [String] {
        switch self {
        case .literal: []
        case .path(let path): [path.joined(separator: "/")]
        case .compare(_, let lhs, let rhs), .call(_, let lhs, let rhs), .and(let lhs, let rhs), .or(let lhs, let rhs):
            lhs.properties + rhs.properties
        case .any(let path, _, _): [path.joined(separator: "/")]
        case .not(let inner): inner.properties
        }
    }

    /// Whether an order by other properties is still cheap with it: `startswith` alone, as observed.
    var isPrefixOnly: Bool {
        switch self {
        case .call(.startswith, _, _): true
        case .and(let lhs, let rhs): lhs.isPrefixOnly && rhs.isPrefixOnly
        default: false
        }
    }

    /// Whether it holds for an object.
    func matches(_ object: some ODataSubject) -> Bool { evaluate(object, [:]) == .bool(true) }

    private func evaluate(_ object: some ODataSubject, _ variables: [String: JSONValue]) -> JSONValue {
        switch self {
        case .literal(let value):
            return value
        case .path(let path):
            guard let root = variables[path[0]] else { return object.value(at: path) }
            return path.dropFirst().reduce(root) { $0[$1] ?? .null }
        case .compare(let comparison, let lhs, let rhs):
            return .bool(Self.compare(comparison, lhs.evaluate(object, variables), rhs.evaluate(object, variables)))
        case .call(let function, let lhs, let rhs):
            let text = lhs.evaluate(object, variables).string?.lowercased()
            guard let text, let part = rhs.evaluate(object, variables).string?.lowercased() else { return .bool(false) }
            switch function {
            case .contains: return .bool(part.isEmpty || text.contains(part))
            case .startswith: return .bool(text.hasPrefix(part))
            case .endswith: return .bool(text.hasSuffix(part))
            }
        case .any(let path, let variable, let body):
            let items = object.value(at: path).array ?? []
            return .bool(
                items.contains { item in
                    body.evaluate(object, variables.merging([variable: item]) { $1 }) == .bool(true)
                }
            )
        case .and(let lhs, let rhs):
            return .bool(
                lhs.evaluate(object, variables) == .bool(true) && rhs.evaluate(object, variables) == .bool(true)
            )
        case .or(let lhs, let rhs):
            return .bool(
                lhs.evaluate(object, variables) == .bool(true) || rhs.evaluate(object, variables) == .bool(true)
            )
        case .not(let inner):
            return .bool(inner.evaluate(object, variables) != .bool(true))
        }
    }

    /// Strings compare without case, as Exchange does; times are RFC 3339 in UTC, so their order is that of their text.
    private static func compare(_ comparison: Comparison, _ lhs: JSONValue, _ rhs: JSONValue) -> Bool {
        switch (lhs.string?.lowercased(), rhs.string?.lowercased()) {
        case (let lhs?, let rhs?): ordered(comparison, lhs, rhs)
        default:
            if let lhs = lhs.double, let rhs = rhs.double {
                ordered(comparison, lhs, rhs)
            } else {
                comparison == .eq ? lhs == rhs : comparison == .ne && lhs != rhs
            }
        }
    }

    private static func ordered<T: Comparable>(_ comparison: Comparison, _ lhs: T, _ rhs: T) -> Bool {
        switch comparison {
        case .eq: lhs == rhs
        case .ne: lhs != rhs
        case .gt: lhs > rhs
        case .ge: lhs >= rhs
        case .lt: lhs < rhs
        case .le: lhs <= rhs
        }
    }
}
