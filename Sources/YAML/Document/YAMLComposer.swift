import JSON

/// Makes values of libyaml's events, and writes down where each began.
struct YAMLComposer: ~Copyable {
    /// What an anchor stands for.
    private struct Anchored {
        var value: JSONValue
        var weight: Int
    }

    private var events: YAMLEventStream
    private let file: String?
    private let limits: YAMLLimits
    private var anchors: [String: Anchored] = [:]
    private var openAnchors: Set<String> = []
    private var path = JSONPointer()
    private var positions: [JSONPointer: SourcePosition] = [:]
    private var keyPositions: [JSONPointer: SourcePosition] = [:]
    private var weight = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String?, limits: YAMLLimits) throws(YAMLError) {
        self.file = file
        self.limits = limits
        events = YAMLEventStream(bytes, file: file)
        guard bytes.count <= limits.maximumBytes else {
            throw error(
                .tooLarge,
                "the document has \(bytes.count) bytes, the limit is \(limits.maximumBytes)",
                at: SourcePosition(line: 1, column: 1)
            )
        }
    }

    mutating func document() throws(YAMLError) -> JSONDocument {
        _ = try events.next()
        guard case .documentStart = try events.next().kind else { return JSONDocument(value: .null, file: file) }
        let value = try value(of: try events.next())
        _ = try events.next()
        let last = try events.next()
        guard case .streamEnd = last.kind else {
            throw error(
                .severalDocuments,
                "a second document begins here; put it into a file of its own",
                at: last.position
            )
        }
        return JSONDocument(value: value, file: file, positions: positions, keyPositions: keyPositions)
    }

    // MARK: Values

    private mutating func value(of event: YAMLEvent) throws(YAMLError) -> JSONValue {
        positions[path] = event.position
        if case .alias(let name) = event.kind { return try alias(name, at: event.position) }
        let before = weight
        try add(weight: 1, at: event.position)
        if let anchor = event.anchor { openAnchors.insert(anchor) }
        let value = try node(of: event)
        if let anchor = event.anchor {
            openAnchors.remove(anchor)
            anchors[anchor] = Anchored(value: value, weight: weight - before)
        }
        return value
    }

    private mutating func node(of event: YAMLEvent) throws(YAMLError) -> JSONValue {
        switch event.kind {
        case .scalar(let scalar):
            try add(weight: scalar.text.utf8.count, at: event.position)
            do throws(YAMLScalar.Problem) {
                return try scalar.value()
            } catch {
                throw self.error(error.code, error.message, at: event.position)
            }
        case .sequenceStart(let tag):
            try check(tag, is: "seq", at: event.position)
            return .array(try sequence(at: event.position))
        case .mappingStart(let tag):
            try check(tag, is: "map", at: event.position)
            return .object(try mapping(at: event.position))
        default:
            throw error(.syntax, "expected a value", at: event.position)
        }
    }

    private mutating func alias(_ name: String, at position: SourcePosition) throws(YAMLError) -> JSONValue {
        if openAnchors.contains(name) {
            throw error(.invalidAlias, "the alias '*\(name)' stands inside its own anchor", at: position)
        }
        guard let anchored = anchors[name] else {
            throw error(.invalidAlias, "there is no anchor '&\(name)' before this alias", at: position)
        }
        try add(weight: anchored.weight, at: position)
        return anchored.value
    }

    private mutating func sequence(at position: SourcePosition) throws(YAMLError) -> [JSONValue] {
        try checkDepth(at: position)
        var elements: [JSONValue] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { return elements }
            path.components.append(String(elements.count))
            elements.append(try value(of: event))
            path.components.removeLast()
        }
    }

    private mutating func mapping(at position: SourcePosition) throws(YAMLError) -> JSONObject {
        try checkDepth(at: position)
        var members = JSONObject()
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { return members }
            let key = try key(of: event)
            path.components.append(key)
            if members[key] != nil {
                let first = keyPositions[path].map { "; it was first at line \($0.line)" } ?? ""
                throw error(.duplicateKey, "the member '\(key)' is there twice\(first)", at: event.position)
            }
            keyPositions[path] = event.position
            members[key] = try value(of: try events.next())
            path.components.removeLast()
        }
    }

    private func key(of event: YAMLEvent) throws(YAMLError) -> String {
        guard case .scalar(let scalar) = event.kind, event.anchor == nil else {
            throw error(
                .unsupportedKey,
                #"a member name must be plain text; put a value that begins with '{{' into quotes: "{{ … }}""#,
                at: event.position
            )
        }
        if scalar.isPlain, scalar.text == "<<" {
            throw error(
                .unsupportedKey,
                "merge keys ('<<') are not supported; write the members out, or alias the whole value",
                at: event.position
            )
        }
        return scalar.text
    }

    // MARK: Limits

    private mutating func add(weight: Int, at position: SourcePosition) throws(YAMLError) {
        self.weight += weight
        if self.weight > limits.maximumExpansion {
            throw error(.tooLarge, "with its aliases expanded the document is too large", at: position)
        }
    }

    private func checkDepth(at position: SourcePosition) throws(YAMLError) {
        if path.components.count >= limits.maximumDepth {
            throw error(.tooDeep, "nested deeper than \(limits.maximumDepth) levels", at: position)
        }
    }

    private func check(_ tag: String?, is name: String, at position: SourcePosition) throws(YAMLError) {
        guard let tag, tag != "tag:yaml.org,2002:\(name)" else { return }
        throw error(.unsupportedTag, "the tag '\(tag)' is not supported; leave it out", at: position)
    }

    private func error(_ code: YAMLError.Code, _ message: String, at position: SourcePosition) -> YAMLError {
        YAMLError(code: code, message: message, file: file, position: position)
    }
}
