import JSON

/// Reads one task and notes every problem.
struct TaskReader {
    /// What people write who come from other tools.
    private static let synonyms: [String: Action] = [
        "navigate": .goto, "open": .goto, "visit": .goto, "open_url": .goto, "input": .fill, "set": .fill,
        "enter": .fill, "double_click": .dblclick, "wait": .waitFor, "wait_for_selector": .waitFor,
        "sleep": .waitFor, "assert": .expect, "verify": .expect, "get_text": .extract, "scrape": .extract,
        "read": .extract, "js": .evaluate, "execute": .evaluate, "key": .press, "select_option": .select,
        "attach": .upload, "upload_file": .upload, "print": .pdf, "capture": .screenshot, "mail": .sendMail,
        "email": .sendMail, "send_email": .sendMail, "get_mail": .readMail, "get_message": .readMail,
        "list_mail": .searchMail, "find_mail": .searchMail, "wait_for_email": .waitForMail,
        "save_attachments": .downloadAttachments, "list_folders": .listMailFolders, "mark_read": .markMail,
        "trash_mail": .deleteMail, "reply": .replyMail, "reply_all": .replyMail, "forward_email": .forwardMail,
    ]

    let index: Int
    let ids: [StepID]
    var problems: ProblemCollector
    private let pointer: JSONPointer

    init(index: Int, ids: [StepID], problems: ProblemCollector) {
        self.index = index
        self.ids = ids
        self.problems = problems
        pointer = JSONPointer(["tasks", String(index)])
    }

    /// The task; where it is wrong, something harmless stands in for it.
    mutating func task(_ value: JSONValue) -> ToDo {
        guard let json = value.object else {
            problems.add(pointer, "a task is an object with 'action', this is \(value.typeName)")
            return ToDo(id: ids[index], index: index, action: .expect)
        }
        checkID(json)
        guard let action = action(json) else { return ToDo(id: ids[index], index: index, action: .expect) }
        let schema = ActionSchema.of(action)
        checkMembers(json, action: action, schema: schema)
        var task = ToDo(id: ids[index], index: index, action: action)
        task.executor = json["executor"]?.string
        task.selector = json["selector"]?.string
        task.text = json["text"].flatMap { $0.isNull ? nil : try? TemplateFilter.text(of: $0) }
        task.timeout = json["timeout"].flatMap { Duration(scenario: $0) } ?? action.defaultTimeout
        task.dependsOn = dependencies(json["depends_on"])
        task.page = schema.touchesPage ? json["page"]?.string ?? "main" : nil
        let retry = retry(json)
        task.retries = json["retries"]?.int ?? retry.listed.map { min($0, 20) } ?? 0
        task.retry = retry.policy
        task.onError = onError(json["on_error"])
        task.when = json["when"]
        task.forEach = json["for_each"]
        task.once = json["once"]?.bool ?? false
        for (name, value) in json where schema.field(name) != nil && name != "selector" && name != "text" {
            task.fields[name] = value
        }
        for name in ["description", "resume_at", "until"] { task.fields[name] = json[name] }
        return task
    }

    // MARK: Identity

    private mutating func checkID(_ json: JSONObject) {
        guard let value = json["id"] else { return }
        guard let id = value.string, Self.isName(id) else {
            problems.add(
                pointer.appending("id"),
                "\(Self.shown(value)) is no id; use a letter, then letters, digits, '_' or '-', at most 64"
            )
            return
        }
        if let other = ids.firstIndex(of: StepID(id)), other < index {
            problems.add(pointer.appending("id"), "'\(id)' is already the id of tasks[\(other)]; give each its own")
        }
        if id.first == "t", let number = Int(id.dropFirst()), number != index {
            problems.add(pointer.appending("id"), "'\(id)' is the name of the task at position \(number); use another")
        }
    }

    static func isName(_ text: String) -> Bool {
        if let isName = isASCIIName(text.utf8) { return isName }
        guard let first = text.unicodeScalars.first, first.properties.isAlphabetic || first == "_" else { return false }
        return text.count <= 64 && text.allSatisfy(\.isTemplateNameCharacter)
    }

    /// The same for what is written in ASCII, without asking Unicode about each letter; nil for what is not.
    private static func isASCIIName(_ bytes: String.UTF8View) -> Bool? {
        var isName = bytes.first.map { !(0x30...0x39).contains($0) && $0 != UInt8(ascii: "-") } ?? false
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): break
            case 0x80...: return nil
            default: isName = false
            }
        }
        return isName && bytes.count <= 64
    }

    private mutating func action(_ json: JSONObject) -> Action? {
        guard let value = json["action"] else {
            problems.add(pointer, "a task needs 'action', such as goto, click, fill or send_mail")
            return nil
        }
        guard let word = value.string, let action = Action.named[word] else {
            let words = Action.allCases.map(\.rawValue)
            let meant = value.string.flatMap { Self.synonyms[$0.lowercased()]?.rawValue }
            let suggestion =
                meant.map { "; did you mean '\($0)'?" } ?? Suggestion.phrase(for: value.string ?? "", among: words)
            let remedy = suggestion.isEmpty ? "; docs/scenarios.md lists the actions" : suggestion
            problems.add(pointer.appending("action"), "there is no action \(Self.shown(value))\(remedy)")
            return nil
        }
        guard action == .playwright else { return action }
        guard let op = json["op"] else {
            problems.add(pointer, "playwright needs 'op': the browser action to do, such as click")
            return nil
        }
        let operations = Action.browserActions.map(\.rawValue)
        guard let word = op.string, operations.contains(word), let operation = Action(rawValue: word) else {
            let suggestion = Suggestion.phrase(for: op.string ?? "", among: operations)
            problems.add(pointer.appending("op"), "there is no browser action \(Self.shown(op))\(suggestion)")
            return nil
        }
        return operation
    }

    // MARK: Members

    private mutating func checkMembers(_ json: JSONObject, action: Action, schema: ActionSchema) {
        let pointer = pointer
        for (name, value) in json {
            guard let field = schema.field(name) ?? CommonFields.all.first(where: { $0.name == name }) else {
                if name == "op", json["action"] == "playwright" { continue }
                addUnknown(name, action: action, schema: schema)
                continue
            }
            if name == "page" || name == "resume_at", !schema.touchesPage {
                problems.add(
                    pointer.appending(name),
                    "\(action.rawValue) touches no page; leave '\(name)' out",
                    atKey: true
                )
            }
            // A member of its own may bear the name: search_mail's is a time.
            if name == "until", schema.field(name) == nil, schema.effect != .page || !schema.touchesPage {
                problems.add(
                    pointer.appending(name),
                    "\(action.rawValue) changes no page; leave 'until' out, or give it to the task that does",
                    atKey: true
                )
            }
            if name == "executor", field.type.accepts(value), let word = value.string, word != schema.executor {
                problems.add(
                    pointer.appending(name),
                    "\(action.rawValue) is done by \(schema.executor), not by \(word); write \(schema.executor), or leave it out"
                )
            }
            check(value, of: field, at: pointer.appending(name))
            if let form = MemberForm.of(name, in: action), field.type.accepts(value) {
                problems.check(value, against: form, at: pointer.appending(name))
            }
            if field.type == .condition, let members = value.object {
                checkCondition(members, at: pointer.appending(name))
            }
        }
        for field in schema.fields where field.isRequired && json[field.name] == nil {
            problems.add(pointer, "\(action.rawValue) needs '\(field.name)': \(field.summary)")
        }
        for group in schema.needsOneOf where !group.contains(where: { json[$0] != nil }) {
            problems.add(pointer, "\(action.rawValue) needs one of \(group.joined(separator: ", "))")
        }
        for group in schema.excludes {
            let present = group.filter { json[$0] != nil }
            guard present.count > 1 else { continue }
            problems.add(pointer, "\(action.rawValue) takes only one of \(present.joined(separator: ", "))")
        }
        if action == .extract, json["kind"] == "attribute", json["attribute"] == nil {
            problems.add(pointer, "extract of kind attribute needs 'attribute': its name")
        }
    }

    private mutating func addUnknown(_ name: String, action: Action, schema: ActionSchema) {
        let own = schema.fields.map(\.name)
        let suggestion = Suggestion.phrase(for: name, among: own + CommonFields.names.sorted())
        let remedy =
            if !suggestion.isEmpty {
                suggestion
            } else {
                own.isEmpty ? "" : "; beside what every task has it takes \(own.joined(separator: ", "))"
            }
        problems.add(pointer.appending(name), "\(action.rawValue) has no member '\(name)'\(remedy)", atKey: true)
    }

    /// The members of `until`.
    private mutating func checkCondition(_ members: JSONObject, at place: JSONPointer) {
        let schema = ActionSchema.condition
        for (name, value) in members {
            guard let field = schema.field(name) else {
                let suggestion = Suggestion.phrase(for: name, among: schema.fields.map(\.name))
                let remedy =
                    suggestion.isEmpty ? "; it has \(schema.fields.map(\.name).joined(separator: ", "))" : suggestion
                problems.add(place.appending(name), "a condition has no member '\(name)'\(remedy)", atKey: true)
                continue
            }
            check(value, of: field, at: place.appending(name), isNested: true)
        }
        for group in schema.needsOneOf where !(group + ["selector"]).contains(where: { members[$0] != nil }) {
            problems.add(place, "needs one of \((["selector"] + group).joined(separator: ", "))")
        }
    }

    private mutating func check(
        _ value: JSONValue,
        of field: FieldSchema,
        at place: @autoclosure () -> JSONPointer,
        isNested: Bool = false
    ) {
        if let text = value.string, Template.isTemplate(text), let template = try? Template(parsing: text),
            !template.isLiteral
        {
            if field.type == .script {
                problems.add(place(), "must hold no templates; hand values over by 'args'")
            } else if !isNested, Self.isStatic(field.name) {
                problems.add(place(), "must hold no template; it is read before the job starts")
            } else if template.wholeExpression == nil, !field.type.takesMixedTemplates {
                problems.add(
                    place(),
                    "must be \(field.type.description); write one whole template without text around it"
                )
            } else if field.type == .selector {
                checkSelector(text, at: place())
            }
            return
        }
        problems.check(value, of: field.type, at: place())
    }

    /// Members the runner needs before any template can be resolved.
    static func isStatic(_ name: String) -> Bool {
        CommonFields.names.contains(name) && !["when", "for_each", "resume_at", "description"].contains(name)
    }

    /// Tries values that every right place takes: digits for positions, letters for roles.
    private mutating func checkSelector(_ text: String, at place: JSONPointer) {
        guard let template = try? Template(parsing: text) else { return }
        var message: String?
        for sample in ["1", "button"] as [JSONValue] {
            var writer = SelectorWriter()
            do throws(TemplateError) {
                for part in template.parts {
                    switch part {
                    case .literal(let literal): writer.append(literal)
                    case .expression(let expression): try writer.append(value: sample, for: expression)
                    }
                }
                return
            } catch {
                message = error.message
            }
        }
        if let message { problems.add(place, message) }
    }

    private mutating func retry(_ json: JSONObject) -> (policy: RetryPolicy, listed: Int?) {
        let delay = json["retry_delay"].flatMap { Duration(scenario: $0) }
        guard let retry = json["retry"]?.object else {
            return (delay.map { RetryPolicy(.fixed($0)) } ?? .task, nil)
        }
        if json["retry_delay"] != nil {
            problems.add(
                pointer.appending("retry_delay"),
                "says the same as 'retry'; write it there as 'delay'",
                atKey: true
            )
        }
        var reader = RetryReader(json: retry, pointer: pointer.appending("retry"), problems: problems)
        defer { problems = reader.problems }
        return reader.read(.task, json["retries"] == nil ? .missing("retries") : .given)
    }

    // MARK: Order

    private mutating func dependencies(_ value: JSONValue?) -> [StepID] {
        guard let value else { return [] }
        let place = pointer.appending("depends_on")
        guard let elements = value.array else { return dependency(value, at: place).map { [$0] } ?? [] }
        return elements.enumerated().compactMap { dependency($1, at: place.appending($0)) }
    }

    private mutating func dependency(_ value: JSONValue, at place: JSONPointer) -> StepID? {
        let target: Int
        switch value {
        case .integer(let position):
            guard let known = Int(exactly: position), ids.indices.contains(known) else {
                problems.add(place, "there is no task at position \(position); positions go from 0 to \(ids.count - 1)")
                return nil
            }
            target = known
        case .string(let id):
            guard let known = position(of: id) else {
                let suggestion = Suggestion.phrase(for: id, among: ids.map(\.rawValue))
                problems.add(place, "there is no task '\(id)'\(suggestion)")
                return nil
            }
            target = known
        default:
            problems.add(place, "must be the id or the position of a task, is \(Self.shown(value))")
            return nil
        }
        guard target != index else {
            problems.add(place, "the task '\(ids[index])' depends on itself; leave it out")
            return nil
        }
        return ids[target]
    }

    private func position(of id: String) -> Int? {
        if let known = ids.firstIndex(of: StepID(id)) { return known }
        guard id.first == "t", let position = Int(id.dropFirst()), ids.indices.contains(position) else { return nil }
        return position
    }

    private mutating func onError(_ value: JSONValue?) -> ToDo.OnError {
        switch value {
        case nil, "fail": return .fail
        case "continue": return .continue
        case .string(let id)?:
            let place = pointer.appending("on_error")
            guard let target = position(of: id) else {
                let suggestion = Suggestion.phrase(for: id, among: ids.map(\.rawValue) + ["fail", "continue"])
                problems.add(
                    place,
                    "must be fail, continue, or the id of a task; there is no task '\(id)'\(suggestion)"
                )
                return .fail
            }
            if target == index { problems.add(place, "the task '\(ids[index])' cannot stand in for itself") }
            return .fallback(ids[target])
        default:
            return .fail
        }
    }

    /// A value for a message, cut when it is long.
    static func shown(_ value: JSONValue) -> String {
        switch value {
        case .array: return "an array"
        case .object: return "an object"
        default:
            let text = value.string.map { "'\($0)'" } ?? value.text()
            return text.count > 60 ? "\(text.prefix(60))…" : text
        }
    }
}
