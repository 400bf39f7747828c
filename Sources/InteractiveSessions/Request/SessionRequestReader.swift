import Cryptography
import Executors
import JSON
import JobModel

/// Reads one message of a client, strictly.
package enum SessionRequestReader {
    private static let types = ["open", "task", "cancel", "pages", "artifact", "put", "close"]
    private static let members: [String: Set<String>] = [
        "open": ["browser", "on_dialog", "overlays", "events", "label"], "task": ["task"], "cancel": ["request"],
        "pages": [],
        "artifact": ["name"], "put": ["name", "content_type", "base64"], "close": [],
    ]
    /// What a job's runner does with them; here the program decides.
    private static let notHere = [
        "depends_on", "retries", "retry_delay", "on_error", "when", "for_each", "once", "resume_at",
    ]

    /// - Throws: `UnreadableRequest`.
    package static func read(_ message: [UInt8]) throws(UnreadableRequest) -> SessionRequest {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: message)
        } catch {
            throw UnreadableRequest(message: "The message is no JSON: \(error)")
        }
        guard let json = value.object else {
            throw UnreadableRequest(message: "A request is an object with 'id' and 'type', this is \(value.typeName)")
        }
        guard let id = json["id"].flatMap(RequestID.init) else {
            throw UnreadableRequest(
                message: "A request needs an 'id': a whole number, or text of 1 to 64 characters; replies carry it"
            )
        }
        do {
            return SessionRequest(id: id, order: try order(json, id))
        } catch {
            throw UnreadableRequest(id: id, message: error.message)
        }
    }

    /// A sentence.
    private struct Mistake: Error { var message: String }

    private static func order(_ json: JSONObject, _ id: RequestID) throws(Mistake) -> SessionRequest.Order {
        guard let type = json["type"]?.string, let known = members[type] else {
            let given = json["type"].map { "'\($0.string ?? $0.text())'" } ?? "none"
            let meant = Suggestion.phrase(for: json["type"]?.string ?? "", among: types)
            throw Mistake(message: "'type' must be one of \(types.joined(separator: ", ")), is \(given)\(meant)")
        }
        for (name, _) in json where name != "id" && name != "type" && !known.contains(name) {
            let meant = Suggestion.phrase(for: name, among: known.sorted())
            throw Mistake(message: "A request of type '\(type)' has no member '\(name)'\(meant)")
        }
        switch type {
        case "open": return .open(try options(json))
        case "task": return try task(json["task"], id)
        case "cancel":
            guard let target = json["request"].flatMap(RequestID.init) else {
                throw Mistake(message: "'cancel' needs 'request': the id of the request to stop")
            }
            return .cancel(target)
        case "artifact": return .artifact(name: try text("name", of: json, in: type))
        case "put":
            guard let bytes = try? Base64.decode(try text("base64", of: json, in: type)) else {
                throw Mistake(message: "'base64' is no valid Base64 (RFC 4648)")
            }
            let name = try text("name", of: json, in: type)
            return .put(name: name, contentType: try mediaType(of: json), bytes: bytes)
        case "pages": return .pages
        default: return .close
        }
    }

    private static func text(_ name: String, of json: JSONObject, in type: String) throws(Mistake) -> String {
        guard let text = json[name]?.string else { throw Mistake(message: "'\(type)' needs '\(name)', a text") }
        return text
    }

    private static func mediaType(of json: JSONObject) throws(Mistake) -> String {
        guard let value = json["content_type"], !value.isNull else { return MediaType.unknown }
        guard let type = value.string else {
            throw Mistake(message: "'content_type' must be a text such as text/csv, is \(value.typeName)")
        }
        if let problem = MediaType.problem(with: type) {
            throw Mistake(
                message: "'content_type' must be a media type such as text/csv: '\(type.prefix(60))' \(problem)"
            )
        }
        return type
    }

    // MARK: Open

    private static func options(_ json: JSONObject) throws(Mistake) -> SessionOptions {
        var options = SessionOptions()
        var scenario: JSONObject = ["tasks": [["action": "screenshot"]]]
        for name in ["browser", "on_dialog", "overlays"] { scenario[name] = json[name] }
        let read = try self.scenario(scenario)
        options.browser = read.browser
        options.onDialog = read.onDialog
        options.overlays = read.overlays
        try checkTemplates(in: read.browser, of: "browser")
        if let label = json["label"] {
            guard let text = label.string, text.count <= 200 else {
                throw Mistake(message: "'label' must be a text of at most 200 characters")
            }
            options.label = text
        }
        if let events = json["events"] { options.events = try self.events(events) }
        return options
    }

    private static func events(_ value: JSONValue) throws(Mistake) -> Set<ExecutorEvent.Kind> {
        let words = ExecutorEvent.Kind.allCases.map(\.rawValue)
        guard let names = value.array else {
            throw Mistake(message: "'events' must be an array of \(words.joined(separator: ", "))")
        }
        var kinds: Set<ExecutorEvent.Kind> = []
        for name in names {
            guard let kind = name.string.flatMap(ExecutorEvent.Kind.init(rawValue:)) else {
                let meant = Suggestion.phrase(for: name.string ?? "", among: words)
                throw Mistake(
                    message: "'events' has \(name.text()); there are \(words.joined(separator: ", "))\(meant)"
                )
            }
            kinds.insert(kind)
        }
        return kinds
    }

    /// Values are the program's business; only what it must not know is named.
    private static func checkTemplates(in json: JSONObject, of what: String) throws(Mistake) {
        for site in (try? Template.expressions(in: .object(json))) ?? [] {
            guard site.expression.root != .secrets, site.expression.root != .totp else { continue }
            throw Mistake(
                message: "\(what): '{{ \(site.expression.reference) }}' has no value in a session; "
                    + "put the value itself there. Templates are for secrets.… and totp.…"
            )
        }
    }

    // MARK: Task

    private static func task(_ value: JSONValue?, _ id: RequestID) throws(Mistake) -> SessionRequest.Order {
        guard var json = value?.object else {
            throw Mistake(message: "'task' needs 'task': an object as in a scenario, with 'action'")
        }
        for name in notHere where json[name] != nil {
            throw Mistake(message: "task.\(name): a session has no '\(name)'; the program decides what comes next")
        }
        try checkTemplates(in: json, of: "task")
        // Names the pictures of failures.
        if json["id"] == nil { json["id"] = .string(stepID(of: id)) }
        guard let task = try scenario(["tasks": [.object(json)]]).tasks.first else {
            preconditionFailure("Cannot read one task as none")
        }
        return .task(task, json: json)
    }

    private static func stepID(of id: RequestID) -> String {
        let name = "r" + id.description.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
        return String(name.prefix(64))
    }

    /// Reads a scenario of one task; its first problem, in words of a session.
    private static func scenario(_ json: JSONObject) throws(Mistake) -> Scenario {
        do {
            return try Scenario(json: json)
        } catch {
            guard let problem = error.problems.first else { throw Mistake(message: "\(error)") }
            var components = problem.pointer.components
            if components.starts(with: ["tasks", "0"]) { components.replaceSubrange(0..<2, with: ["task"]) }
            throw Mistake(message: "\(components.joined(separator: ".")): \(problem.message)")
        }
    }
}
