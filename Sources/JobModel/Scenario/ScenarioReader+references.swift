import JSON

extension ScenarioReader {
    /// Where an expression stands: that decides what it may name.
    private struct Site {
        var pointer: JSONPointer
        /// The task it belongs to; nil in `outputs`.
        var task: ToDo?
        /// Whether `item` and `index` mean something.
        var isInsideLoop = false
        /// Whether missing values count as false.
        var isCondition = false
    }

    /// Holds every template of tasks and outputs against what there is to name.
    mutating func checkReferences() {
        for (index, value) in (json["tasks"]?.array ?? []).enumerated() where index < tasks.count {
            guard let members = value.object else { continue }
            for (name, member) in members where Template.mayHold(member) {
                var site = Site(pointer: JSONPointer(["tasks", String(index), name]), task: tasks[index])
                site.isInsideLoop = tasks[index].forEach != nil && name != "for_each"
                site.isCondition = name == "when"
                check(member, at: site)
            }
        }
        for (name, value) in json["outputs"]?.object ?? [:] {
            check(value, at: Site(pointer: JSONPointer(["outputs", name])))
        }
    }

    private mutating func check(_ value: JSONValue, at site: Site) {
        let found: [(pointer: JSONPointer, expression: TemplateExpression)]
        do throws(TemplateError) {
            found = try Template.expressions(in: value)
        } catch {
            problems.add(JSONPointer(site.pointer.components + error.pointer.components), error.message)
            return
        }
        for (pointer, expression) in found {
            guard let problem = problem(with: expression, at: site) else { continue }
            problems.add(JSONPointer(site.pointer.components + pointer.components), problem)
        }
    }

    private func problem(with expression: TemplateExpression, at site: Site) -> String? {
        let name = expression.name ?? ""
        switch expression.root {
        case .variables:
            guard variables[name] == nil, !expression.hasDefault else { return nil }
            let suggestion = Suggestion.phrase(for: name, among: variables.keys)
            return "there is no variable '\(name)'\(suggestion.isEmpty ? "; declare it under 'variables'" : suggestion)"
        case .tasks: return problem(withTask: name, expression, at: site)
        case .item, .index:
            return site.isInsideLoop ? nil : "'\(expression.root.rawValue)' has a value only in a task with 'for_each'"
        case .job:
            guard !ScenarioSchema.jobFacts.contains(name) else { return nil }
            return "there is no 'job.\(name)'; there are \(ScenarioSchema.jobFacts.joined(separator: ", "))"
        case .secrets, .totp:
            return site.task == nil ? "a secret must not come back as an output" : nil
        }
    }

    private func problem(withTask name: String, _ expression: TemplateExpression, at site: Site) -> String? {
        guard let target = tasks.first(where: { $0.id.rawValue == name }) else {
            return "there is no task '\(name)'\(Suggestion.phrase(for: name, among: tasks.map(\.id.rawValue)))"
        }
        if target.id == site.task?.id { return "the task '\(name)' cannot use its own outputs" }
        guard expression.path.count > 1 else { return nil }
        let outputs = (target.forEach == nil ? ActionSchema.of(target.action).outputs : ["items"]) + ["status"]
        guard case .member(let output) = expression.path[1], outputs.contains(output) else {
            let what = target.forEach == nil ? target.action.rawValue : "a task with for_each"
            let given = Self.text(of: expression.path[1])
            let suggestion = Suggestion.phrase(for: given, among: outputs)
            let remedy = suggestion.isEmpty ? ";" : suggestion
            return "'\(name)' has no output '\(given)'\(remedy) \(what) gives \(outputs.joined(separator: ", "))"
        }
        return nil
    }

    private static func text(of step: TemplateExpression.Step) -> String {
        switch step {
        case .member(let name): name
        case .element(let index): "[\(index)]"
        }
    }
}
