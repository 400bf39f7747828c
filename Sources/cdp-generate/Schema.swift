import JSON

/// The protocol as Chromium describes itself at `/json/protocol`.
struct Schema {
    /// A type, property, parameter or return value.
    struct Property {
        var name: String
        var description: String
        var isOptional: Bool
        var reference: String?
        var type: String?
        var words: [String]
        var items: [Property]
        var properties: [Property]

        init(_ value: JSONValue, in domain: String) {
            name = value["name"]?.string ?? value["id"]?.string ?? ""
            description = value["description"]?.string ?? ""
            isOptional = value["optional"]?.bool ?? false
            reference = value["$ref"]?.string.map { $0.contains(".") ? $0 : "\(domain).\($0)" }
            type = value["type"]?.string
            words = value["enum"]?.array?.compactMap(\.string) ?? []
            items = value["items"].map { [Property($0, in: domain)] } ?? []
            properties = value["properties"]?.array?.map { Property($0, in: domain) } ?? []
        }
    }

    /// A command or an event.
    struct Message {
        var domain: String
        var name: String
        var description: String
        var parameters: [Property]
        var returns: [Property]

        init(_ value: JSONValue, in domain: String) {
            self.domain = domain
            name = value["name"]?.string ?? ""
            description = value["description"]?.string ?? ""
            parameters = value["parameters"]?.array?.map { Property($0, in: domain) } ?? []
            returns = value["returns"]?.array?.map { Property($0, in: domain) } ?? []
        }

        var method: String { "\(domain).\(name)" }
    }

    var types: [String: Property] = [:]
    var commands: [String: Message] = [:]
    var events: [String: Message] = [:]

    init(_ document: JSONValue) {
        for domain in document["domains"]?.array ?? [] {
            let name = domain["domain"]?.string ?? ""
            for type in domain["types"]?.array ?? [] {
                let property = Property(type, in: name)
                types["\(name).\(property.name)"] = property
            }
            for command in domain["commands"]?.array ?? [] {
                let message = Message(command, in: name)
                commands[message.method] = message
            }
            for event in domain["events"]?.array ?? [] {
                let message = Message(event, in: name)
                events[message.method] = message
            }
        }
    }
}
