extension SelectorParser {
    /// `button[name="Weiter"][exact][disabled=false]`; the index is behind `role=`.
    mutating func role() throws(SelectorError) -> RoleQuery {
        skipSpace()
        let start = index
        while !atEnd, characters[index].isEngineCharacter { index += 1 }
        let role = String(characters[start..<index]).lowercased()
        guard !role.isEmpty else {
            throw problem("a role is missing", remedy: "Write for example role=button.", at: start)
        }
        var query = RoleQuery(role: role)
        var isExact: Bool?
        skipSpace()
        while !atEnd, characters[index] == "[" {
            try attribute(into: &query, isExact: &isExact)
            skipSpace()
        }
        if let isExact, let kind = query.name?.kind, kind != .regex { query.name?.kind = isExact ? .exact : .contains }
        return query
    }

    private mutating func attribute(into query: inout RoleQuery, isExact: inout Bool?) throws(SelectorError) {
        let open = index
        index += 1
        skipSpace()
        let start = index
        while !atEnd, characters[index].isEngineCharacter { index += 1 }
        let name = String(characters[start..<index])
        skipSpace()
        let hasValue = !atEnd && characters[index] == "="
        if hasValue { index += 1 }
        switch name {
        case "name":
            guard hasValue else { throw problem("name needs a value", remedy: "Write [name=\"…\"].", at: start) }
            query.name = try accessibleName()
        case "exact":
            isExact = try flag(name, hasValue: hasValue)
        case "include-hidden":
            query.includesHidden = try flag(name, hasValue: hasValue)
        case "level":
            query.states[.level] = .number(try integer())
        default:
            guard let state = RoleQuery.State(rawValue: name) else {
                throw problem(
                    "role= has no attribute \(name.isEmpty ? "here" : name)",
                    remedy: "Use name, exact, checked, disabled, expanded, level, pressed, selected or include-hidden.",
                    at: start
                )
            }
            query.states[state] = try stateValue(name, hasValue: hasValue)
        }
        skipSpace()
        guard !atEnd, characters[index] == "]" else {
            throw problem("the bracket of \(name) is not closed", remedy: "Close it with ].", at: atEnd ? open : index)
        }
        index += 1
    }

    /// A quoted name is contained in any case unless `[exact]`: people see "Weiter" on a button called "Weiter >".
    private mutating func accessibleName() throws(SelectorError) -> TextMatch {
        var match = try match(after: "name=", until: { $0.characters[$0.index] == "]" })
        if match.kind == .exact { match.kind = .contains }
        return match
    }

    private mutating func flag(_ name: String, hasValue: Bool) throws(SelectorError) -> Bool {
        guard case .bool(let value) = try stateValue(name, hasValue: hasValue) else {
            throw problem("\(name) is true or false", remedy: "Write [\(name)].")
        }
        return value
    }

    private mutating func stateValue(_ name: String, hasValue: Bool) throws(SelectorError) -> RoleQuery.StateValue {
        guard hasValue else { return .bool(true) }
        let start = index
        switch word() {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "mixed": return .mixed
        default:
            throw problem("\(name) is true or false", remedy: "Write [\(name)] or [\(name)=false].", at: start)
        }
    }
}
