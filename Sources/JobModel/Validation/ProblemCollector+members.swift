package import JSON

extension ProblemCollector {
    /// Checks members that are literal, where no templates are looked for, against a table.
    package mutating func check(
        members: JSONObject,
        against fields: [FieldSchema],
        at pointer: JSONPointer,
        of what: String
    ) {
        for (name, value) in members {
            guard let field = fields.first(where: { $0.name == name }) else {
                let suggestion = Suggestion.phrase(for: name, among: fields.map(\.name))
                let remedy = suggestion.isEmpty ? "; it has \(fields.map(\.name).joined(separator: ", "))" : suggestion
                add(pointer.appending(name), "\(what) has no member '\(name)'\(remedy)", atKey: true)
                continue
            }
            check(value, of: field.type, at: pointer.appending(name))
        }
        for field in fields where field.isRequired && members[field.name] == nil {
            add(pointer, "\(what) needs '\(field.name)': \(field.summary)")
        }
    }

    /// Checks a value without templates against its type; what is wrong with an element of a list is noted there.
    mutating func check(_ value: JSONValue, of type: FieldType, at place: @autoclosure () -> JSONPointer) {
        for problem in type.problems(with: value) {
            add(problem.index.map { place().appending($0) } ?? place(), problem.message)
        }
    }
}
