package import JSON

extension LAMMessage {
    /// The message in its wire form.
    package var json: JSONObject {
        var json = other
        json["id"] = .string(id.rawValue)
        json["ts"] = .string(RFC3339.format(timestamp))
        json["type"] = .string(type.rawValue)
        json["sender"] = .string(sender)
        json["to"] = .array(to.map(JSONValue.string))
        json["intent"] = intent.map(JSONValue.string)
        json["task"] = task.map(JSONValue.string)
        json["payload"] = .object(payload)
        if !context.isEmpty { json["context"] = .object(context) }
        var correlation = other["correlation"]?.object ?? [:]
        correlation["conversationId"] = conversationID.map(JSONValue.string)
        correlation["inReplyTo"] = inReplyTo.map { .string($0.rawValue) }
        json["correlation"] = correlation.isEmpty ? nil : .object(correlation)
        json["expected"] = expected
        json["status"] = status.map(JSONValue.string)
        json["security"] = security.map(JSONValue.object)
        json["epoch"] = epoch.map { .integer($0.rawValue) }
        json["replyBy"] = replyBy.map { .string(RFC3339.format($0)) }
        return json
    }

    /// Reads a message from its wire form; unknown members are kept.
    ///
    /// - Throws: `InvalidInput` with every member that is wrong, by pointer.
    package init(json: JSONObject) throws(InvalidInput) {
        var reader = LAMMessageReader(json: json)
        self = try reader.message()
    }

    /// Reads a message from bytes.
    ///
    /// - Throws: `InvalidInput`, also when the bytes are no JSON.
    package init(parsing bytes: [UInt8]) throws(InvalidInput) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw InvalidInput(error)
        }
        guard let object = value.object else {
            throw InvalidInput(
                problems: [.init(pointer: "", message: "a message is an object, this is \(value.typeName)")]
            )
        }
        try self.init(json: object)
    }
}
