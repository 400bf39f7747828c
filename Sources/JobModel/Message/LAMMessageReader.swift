import JSON

/// Reads the members of a message and notes each that is wrong.
struct LAMMessageReader {
    private static let longestText = LAMMessage.longestText
    /// Types that are about a job wherever they appear.
    private static let aboutJob: Set<LAMMessage.MessageType> = [
        .agree, .refuse, .inform, .done, .failure, .confirm, .assign,
    ]
    private static let types = LAMMessage.MessageType.allCases.map(\.rawValue)
    private static let known: Set<String> = [
        "id", "ts", "type", "sender", "to", "intent", "task", "payload", "context", "correlation", "expected", "status",
        "security", "epoch", "replyBy",
    ]

    private let json: JSONObject
    private var problems = ProblemCollector()

    init(json: JSONObject) {
        self.json = json
    }

    mutating func message() throws(InvalidInput) -> LAMMessage {
        let type = messageType()
        var message = LAMMessage(
            id: MessageID(requiredText("id", "a unique id, such as a UUID") ?? ""),
            timestamp: time("ts", isRequired: true) ?? 0,
            type: type ?? .inform,
            sender: requiredText("sender", "the sender, such as agent://worker/one") ?? "",
            to: receivers(type),
            payload: object("payload") ?? [:],
            context: object("context") ?? [:]
        )
        message.intent = text("intent")
        message.task = optional("task", "a string", \.string)
        message.expected = json["expected"]
        message.status = text("status")
        message.security = object("security")
        message.replyBy = time("replyBy", isRequired: false)
        readEpoch(into: &message)
        readCorrelation(into: &message)
        checkContext(message.context)
        checkPayload(message.payload, of: type)
        for (key, value) in json where !Self.known.contains(key) { message.other[key] = value }
        try problems.check()
        return message
    }

    // MARK: Members

    private mutating func messageType() -> LAMMessage.MessageType? {
        guard let value = json["type"] else {
            problems.add("", "'type' is missing; give one of \(Self.types.joined(separator: ", "))")
            return nil
        }
        guard let word = value.string, let type = LAMMessage.MessageType(rawValue: word) else {
            let suggestion = Suggestion.phrase(for: value.string ?? "", among: Self.types)
            problems.add("/type", "\(quoted(value)) is no message type\(suggestion)")
            return nil
        }
        return type
    }

    private mutating func receivers(_ type: LAMMessage.MessageType?) -> [String] {
        guard let value = json["to"] else {
            if type != .discover { problems.add("", "'to' is missing; give an array of receivers") }
            return []
        }
        guard let elements = value.array else {
            problems.add("/to", "must be an array of receivers, is \(value.typeName)")
            return []
        }
        if elements.isEmpty, type != .discover {
            problems.add("/to", "is empty; name at least one receiver (only discover goes to nobody in particular)")
        }
        guard elements.count <= LAMMessage.receiverLimit else {
            let limit = LAMMessage.receiverLimit
            problems.add("/to", "has \(elements.count) receivers; \(limit) are allowed: send it in several messages")
            return []
        }
        var seen: Set<String> = []
        return elements.enumerated().compactMap { index, element in
            guard let receiver = element.string, isShortText(receiver) else {
                problems.add(
                    JSONPointer(["to", "\(index)"]),
                    "must be a string of 1 to \(Self.longestText) characters"
                )
                return nil
            }
            guard seen.insert(receiver).inserted else {
                problems.add(
                    JSONPointer(["to", "\(index)"]),
                    "\(quoted(element)) is named twice; name each receiver once"
                )
                return nil
            }
            return receiver
        }
    }

    private mutating func readEpoch(into message: inout LAMMessage) {
        guard let value = json["epoch"], !value.isNull else { return }
        guard let epoch = value.int64, epoch >= 0 else {
            problems.add("/epoch", "must be a whole number from 0, is \(quoted(value))")
            return
        }
        message.epoch = Epoch(epoch)
    }

    private mutating func readCorrelation(into message: inout LAMMessage) {
        guard var correlation = object("correlation") else { return }
        message.conversationID = text("conversationId", in: correlation, under: "/correlation")
        message.inReplyTo = text("inReplyTo", in: correlation, under: "/correlation").map { MessageID($0) }
        correlation["conversationId"] = nil
        correlation["inReplyTo"] = nil
        if !correlation.isEmpty { message.other["correlation"] = .object(correlation) }
    }

    private mutating func checkContext(_ context: JSONObject) {
        for member in ["tenant", "domain", "locale"] { _ = text(member, in: context, under: "/context") }
    }

    private mutating func checkPayload(_ payload: JSONObject, of type: LAMMessage.MessageType?) {
        if let type, Self.aboutJob.contains(type), payload["job_id"] == nil {
            problems.add("/payload", "'job_id' is missing; \(type.rawValue) is always about a job")
        }
        _ = text("job_id", in: payload, under: "/payload")
        _ = text("step_id", in: payload, under: "/payload")
        if let iteration = payload["iteration"], (iteration.int ?? -1) < 0 {
            problems.add("/payload/iteration", "must be a whole number from 0, is \(quoted(iteration))")
        }
    }

    // MARK: Kinds of members

    private mutating func requiredText(_ key: String, _ what: String) -> String? {
        guard json[key] != nil else {
            problems.add("", "'\(key)' is missing; give \(what)")
            return nil
        }
        return text(key, nullIsAbsent: false)
    }

    private mutating func text(
        _ key: String,
        in object: JSONObject? = nil,
        under parent: @autoclosure () -> JSONPointer = "",
        nullIsAbsent: Bool = true
    ) -> String? {
        guard let value = (object ?? json)[key], !(value.isNull && nullIsAbsent) else { return nil }
        guard let text = value.string, isShortText(text) else {
            let message = "must be a string of 1 to \(Self.longestText) printable characters, is \(quoted(value))"
            problems.add(parent().appending(key), message)
            return nil
        }
        return text
    }

    private mutating func optional<Value>(_ key: String, _ what: String, _ read: (JSONValue) -> Value?) -> Value? {
        guard let value = json[key], !value.isNull else { return nil }
        guard let result = read(value) else {
            problems.add(JSONPointer([key]), "must be \(what), is \(value.typeName)")
            return nil
        }
        return result
    }

    private mutating func object(_ key: String) -> JSONObject? {
        optional(key, "an object", \.object)
    }

    private mutating func time(_ key: String, isRequired: Bool) -> Int64? {
        guard let value = json[key], isRequired || !value.isNull else {
            if isRequired { problems.add("", "'\(key)' is missing; give the time as 2026-03-01T08:30:00Z") }
            return nil
        }
        guard let time = value.string.flatMap(RFC3339.parse) else {
            problems.add(JSONPointer([key]), "\(quoted(value)) is no RFC 3339 time; write it as 2026-03-01T08:30:00Z")
            return nil
        }
        return time
    }

    private func isShortText(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Self.longestText && !text.unicodeScalars.contains { $0.value < 0x20 }
    }

    private func quoted(_ value: JSONValue) -> String {
        let text = value.text()
        return text.count > 60 ? "\(text.prefix(60))…" : text
    }
}
