package import Executors
package import JSON
package import JobModel

/// Fills a scenario's templates in with the values of a run.
package struct ScenarioResolver: StepResolver {
    /// Everything but the tasks' outputs and the item.
    let context: TemplateContext
    /// Names and templates of what the job gives back.
    let jobOutputs: JSONObject

    /// A resolver.
    package init(context: TemplateContext, jobOutputs: JSONObject = [:]) {
        self.context = context
        self.jobOutputs = jobOutputs
    }

    package func task(_ task: ToDo, in scope: RunScope) throws(StepFailure) -> ToDo {
        var resolver = resolver(scope)
        let schema = ActionSchema.of(task.namedAction)
        var resolved = task
        do throws(TemplateError) {
            resolved.selector = try task.selector.map { (text) throws(TemplateError) in
                try resolver.resolve(selector: text)
            }
            if !resolver.takeUsedSecrets().isEmpty { resolved.secretMembers.insert("selector") }
            if let text = task.text { resolved.text = Self.text(try resolver.resolve(.string(text))).string }
            if !resolver.takeUsedSecrets().isEmpty { resolved.secretMembers.insert("text") }
            for (name, value) in task.fields {
                resolved.fields[name] = try Self.resolve(
                    value,
                    as: (schema.field(name) ?? CommonFields.all.first { $0.name == name })?.type,
                    with: &resolver
                )
                if !resolver.takeUsedSecrets().isEmpty { resolved.secretMembers.insert(name) }
            }
        } catch {
            throw Self.failure(error, "task '\(task.id)' (\(task.action.rawValue))")
        }
        return resolved
    }

    package func isTrue(_ condition: JSONValue, in scope: RunScope) throws(StepFailure) -> Bool {
        var resolver = resolver(scope)
        do throws(TemplateError) {
            return try resolver.isTrue(condition)
        } catch {
            throw Self.failure(error, "'when'")
        }
    }

    package func value(_ template: JSONValue, in scope: RunScope) throws(StepFailure) -> JSONValue {
        var resolver = resolver(scope)
        do throws(TemplateError) {
            return try resolver.resolve(template)
        } catch {
            throw Self.failure(error, "'for_each' or 'resume_at'")
        }
    }

    package func outputs(in scope: RunScope) throws(StepFailure) -> JSONObject {
        var resolver = resolver(scope)
        do throws(TemplateError) {
            return try resolver.resolve(jobOutputs)
        } catch {
            throw Self.failure(error, "'outputs' of the job")
        }
    }

    private func resolver(_ scope: RunScope) -> TemplateResolver {
        var context = context
        context.tasks = Dictionary(scope.tasks.map { ($0.key.rawValue, $0.value) }) { first, _ in first }
        context.item = scope.item?.value
        context.index = scope.item?.index
        return TemplateResolver(context)
    }

    private static func resolve(
        _ value: JSONValue,
        as type: FieldType?,
        with resolver: inout TemplateResolver
    ) throws(TemplateError) -> JSONValue {
        switch (type, value) {
        // Inside a selector a value is a quoted literal, never syntax.
        case (.selector?, .string(let text)), (.selectorList?, .string(let text)):
            return .string(try resolver.resolve(selector: text))
        case (.selectorList?, .array(let elements)):
            return .array(
                try elements.map { (element) throws(TemplateError) in
                    try resolve(element, as: .selector, with: &resolver)
                }
            )
        case (.condition?, .object(let members)):
            var resolved = JSONObject()
            for (name, member) in members {
                resolved[name] = try resolve(member, as: ActionSchema.condition.field(name)?.type, with: &resolver)
            }
            return .object(resolved)
        case (.html?, .string(let text)): return .string(try resolver.resolve(html: text))
        case (.text?, _): return text(try resolver.resolve(value))
        default: return try resolver.resolve(value)
        }
    }

    /// Where text is wanted, a template that yields a number or a truth value gives it as text.
    private static func text(_ value: JSONValue) -> JSONValue {
        switch value {
        case .integer, .number, .bool: .string(value.text())
        case .null: ""
        case .string, .array, .object: value
        }
    }

    private static func failure(_ error: TemplateError, _ place: String) -> StepFailure {
        StepFailure(reason: .invalidInput, message: "In \(place): \(error)", isRetryable: false)
    }
}
