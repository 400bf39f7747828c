import BrowserAutomation
import JSON
import JobModel
import NetworkPolicy

/// Members of browser tasks, as `ActionSchema` describes them.
extension ToDo {
    /// The action asked for; `playwright` names it in `op`.
    func browserAction() throws(StepFailure) -> Action {
        guard action == .playwright else { return action }
        let word = try requiredString("op")
        guard let action = Action(rawValue: word), Action.browserActions.contains(action) else {
            throw invalid("has no browser action in 'op': '\(word)'")
        }
        return action
    }

    func parsed(_ source: String) throws(StepFailure) -> Selector {
        do {
            return try Selector(source)
        } catch {
            throw StepFailure(
                reason: .invalidInput,
                message: "Task '\(id)' (\(action.rawValue)): \(error)",
                isRetryable: false
            )
        }
    }

    func optionalSelector() throws(StepFailure) -> Selector? {
        guard let selector else { return nil }
        return try parsed(selector)
    }

    func requiredSelector() throws(StepFailure) -> Selector {
        guard let selector = try optionalSelector() else { throw invalid("needs 'selector'") }
        return selector
    }

    func duration(_ member: String) throws(StepFailure) -> Duration? {
        guard let value = fields[member], !value.isNull else { return nil }
        guard let duration = Duration(scenario: value) else {
            throw invalid("wants a duration such as 0.2 or 200ms in '\(member)'")
        }
        return duration
    }

    func point(_ member: String) throws(StepFailure) -> PointerOptions.Point? {
        guard let value = fields[member], !value.isNull else { return nil }
        guard let x = value["x"]?.double, let y = value["y"]?.double else {
            throw invalid("wants {x, y} in '\(member)'")
        }
        return PointerOptions.Point(x: x, y: y)
    }

    /// Text, or an array of texts; numbers count as text.
    func texts(_ member: String) throws(StepFailure) -> [String]? {
        guard let value = fields[member], !value.isNull else { return nil }
        let texts = (value.array ?? [value]).map(\.plainText)
        guard let all = texts as? [String] else { throw invalid("wants text or an array of texts in '\(member)'") }
        return all
    }

    /// Text where a number or boolean is fine too.
    func plainText(_ member: String) throws(StepFailure) -> String? {
        guard let value = fields[member], !value.isNull else { return nil }
        guard let text = value.plainText else { throw invalid("wants text in '\(member)', not \(value.typeName)") }
        return text
    }

    /// An address a scenario may open: of the web, or a page written into the scenario itself, which has no origin.
    func address(_ member: String) throws(StepFailure) -> String {
        let url = try requiredString(member)
        guard !url.lowercased().hasPrefix("data:text/html") else { return url }
        do throws(EgressDenial) {
            _ = try PageAddress(url)
        } catch {
            throw StepFailure(
                reason: .policyDenied,
                message: "The task '\(id)' (\(action.rawValue)) may not open its address. \(error)",
                isRetryable: false,
                mayHaveActed: false
            )
        }
        return url
    }

    /// JavaScript of a scenario, when the policy lets it run.
    func script(_ member: String, isAllowed: Bool) throws(StepFailure) -> String {
        guard isAllowed else {
            throw StepFailure(
                reason: .policyDenied,
                message:
                    "The task '\(id)' (\(action.rawValue)) runs JavaScript of the scenario, which the policy of this worker denies. Use extract, expect or wait_for, or let the operator allow scripts: --allow-scripts (CPA_BROWSER_SCRIPTS=true), or 'scripts: true' in the policies.",
                isRetryable: false
            )
        }
        return try requiredString(member)
    }

    func artifactName(_ ending: String) throws(StepFailure) -> String {
        guard let name = try plainText("name") else { return "\(id).\(ending)" }
        return name.contains(".") ? name : "\(name).\(ending)"
    }

    func pointerOptions() throws(StepFailure) -> PointerOptions {
        var options = PointerOptions()
        options.button = try word("button") ?? .left
        options.clicks = try optionalCount("clicks") ?? 1
        guard (1...3).contains(options.clicks) else { throw invalid("wants 1, 2 or 3 in 'clicks'") }
        options.delay = try duration("delay") ?? .zero
        options.position = try point("position")
        options.isForced = try flag("force")
        options.isTrial = try flag("trial")
        options.stability = try word("stability") ?? .frame
        for name in try texts("modifiers") ?? [] {
            guard let modifier = KeyModifiers(named: name) else {
                throw invalid("has '\(name)' in 'modifiers'; use Alt, Control, Meta, Shift")
            }
            options.modifiers.insert(modifier)
        }
        return options
    }

    func dragOptions() throws(StepFailure) -> DragOptions {
        var options = DragOptions()
        options.source = try pointerOptions()
        options.source.position = try point("source_position")
        options.targetPosition = try point("target_position")
        options.steps = try optionalCount("steps") ?? options.steps
        options.isCancelled = try flag("cancel")
        return options
    }

    func selectOptions() throws(StepFailure) -> [SelectOption] {
        if let values = try texts("value") { return values.map(SelectOption.value) }
        if let labels = try texts("label") { return labels.map(SelectOption.label) }
        if let index = try optionalCount("index") { return [.index(index)] }
        if let text { return [.text(text)] }
        throw invalid("needs 'value', 'label' or 'index'")
    }

    func extraction() throws(StepFailure) -> Extraction {
        var extraction = Extraction()
        extraction.attribute = try optionalString("attribute")
        extraction.kind = try word("kind") ?? (extraction.attribute == nil ? .text : .attribute)
        if extraction.kind == .attribute, extraction.attribute == nil { throw invalid("needs the name in 'attribute'") }
        extraction.isAll = try flag("all")
        extraction.pattern = try optionalString("pattern")
        if let columns = fields["columns"], !columns.isNull {
            guard let names = columns.object, names.allSatisfy({ $0.value.string != nil }) else {
                throw invalid("wants {name: header} in 'columns'")
            }
            extraction.columns = names
        }
        return extraction
    }

    func waitCondition() throws(StepFailure) -> PageCondition {
        var condition = PageCondition()
        condition.selector = try optionalSelector()
        condition.state = try optionalString("state")
        condition.text = text.map { TextMatch(.contains, $0) }
        condition.url = try optionalString("url").map(Self.addressMatch)
        condition.loadState = try word("load_state")
        return condition
    }

    /// `/pattern/` and `/pattern/i` are regular expressions; a path has no slash at its end, or quotes it by `*`.
    private static func addressMatch(_ text: String) -> TextMatch {
        let flags = text.hasSuffix("/i") ? "i" : ""
        let body = text.dropLast(flags.count)
        guard body.count > 2, body.hasPrefix("/"), body.hasSuffix("/") else { return TextMatch(.address, text) }
        return TextMatch(.regex, String(body.dropFirst().dropLast()), flags: flags)
    }

    func expectation() throws(StepFailure) -> PageCondition {
        var condition = try waitCondition()
        if let whole = try plainText("equals") { condition.text = TextMatch(.exact, whole) }
        if let pattern = try optionalString("matches") { condition.text = TextMatch(.regex, pattern) }
        condition.value = try plainText("value").map { TextMatch(.exact, $0) }
        condition.count = try optionalCount("count")
        condition.attribute = try optionalString("attribute")
        condition.title = try optionalString("title").map { TextMatch(.contains, $0) }
        condition.isNegated = try flag("not")
        return condition
    }
}

extension JSONValue {
    /// Text, numbers and booleans as text.
    var plainText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number, .bool: String(decoding: serialized(), as: UTF8.self)
        case .null, .array, .object: nil
        }
    }
}
