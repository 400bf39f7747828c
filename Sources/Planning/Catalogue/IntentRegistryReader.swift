import JSON
import JobModel
import RegularExpressions
import YAML

/// Reads `config/intents.yaml` member by member and notes every problem with its line.
struct IntentRegistryReader {
    private let document: JSONDocument
    private let file: String
    private let read: (String) -> [UInt8]?
    private var problems: ProblemCollector
    private var lookups: [String: [String: String]] = [:]
    private var files: [String] = []

    private static let topFields: [FieldSchema] = [
        .required("intents", .any, "what people ask for"),
        .optional("lookups", .object, "names people use, and what they mean"),
        .optional("minimum_confidence", .number, "what a sentence must come to, 0 to 1 (0.5)"),
        .optional("definitions", .any, "a place for anchors"),
    ]
    private static let intentFields: [FieldSchema] = [
        .required("name", .text, "as clients name it"),
        .required("summary", .text, "one line for people"),
        .required("scenario", .any, "what is to be done: a scenario, or the name of its file"),
        .optional("examples", .textList, "sentences that mean it"),
        .optional("patterns", .textList, "regular expressions; their named groups are slots"),
        .optional("keywords", .any, "an array of words, or of arrays of which any word will do"),
        .optional("slots", .object, "variables of the scenario that a sentence can fill"),
    ]
    private static let slotFields: [FieldSchema] = [
        .optional("summary", .text, "one line for people"),
        .optional("type", .choice(Slot.Kind.allCases.map(\.rawValue)), "what its value must be (text)"),
        .optional("required", .boolean, "whether the intent is of no use without it (true)"),
        .optional("lookup", .text, "the list under 'lookups' that says what names mean"),
        .optional("pattern", .text, "finds it anywhere in the sentence"),
    ]

    static func registry(
        _ bytes: [UInt8],
        file: String,
        read: @escaping (String) -> [UInt8]?
    ) throws(InvalidInput) -> IntentRegistry {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsingYAML: bytes, file: file)
        } catch {
            throw InvalidInput(
                file: file,
                problems: [.init(pointer: "", position: error.position, message: error.message)]
            )
        }
        var reader = IntentRegistryReader(document: document, file: file, read: read)
        return try reader.registry()
    }

    private init(document: JSONDocument, file: String, read: @escaping (String) -> [UInt8]?) {
        self.document = document
        self.file = file
        self.read = read
        problems = ProblemCollector(document: document)
    }

    private mutating func registry() throws(InvalidInput) -> IntentRegistry {
        guard let json = document.value.object else {
            problems.add("", "a registry is an object with 'intents'; this is \(document.value.typeName)")
            try problems.check()
            preconditionFailure("a noted problem is thrown")
        }
        problems.check(members: json, against: Self.topFields, at: "", of: "a registry")
        readLookups(json["lookups"]?.object ?? [:])
        let confidence = json["minimum_confidence"]?.double ?? 0.5
        if !(0...1).contains(confidence) {
            problems.add("/minimum_confidence", "must be from 0 to 1, is \(confidence)")
        }
        let intents = readIntents(json["intents"])
        try problems.check()
        return IntentRegistry(intents: intents, minimumConfidence: confidence, files: files)
    }

    private mutating func readLookups(_ json: JSONObject) {
        for (name, value) in json {
            let place = JSONPointer(["lookups", name])
            guard let entries = value.object, FieldType.textMap.accepts(value) else {
                problems.add(place, "must be an object of texts, is \(value.typeName)")
                continue
            }
            lookups[name] = [:]
            for (word, meaning) in entries { lookups[name]?[word.lowercased()] = meaning.string ?? meaning.text() }
        }
    }

    private mutating func readIntents(_ value: JSONValue?) -> [Intent] {
        guard let value else { return [] }
        guard let elements = value.array, elements.count <= IntentRegistry.limit else {
            problems.add(
                "/intents",
                "must be an array of at most \(IntentRegistry.limit) intents, is \(value.typeName)"
            )
            return []
        }
        var names: [String: Int] = [:]
        return elements.enumerated().compactMap { index, element in
            let place = JSONPointer(["intents", String(index)])
            guard let json = element.object else {
                problems.add(place, "an intent is an object with 'name' and 'scenario', this is \(element.typeName)")
                return nil
            }
            let intent = readIntent(json, at: place)
            if let name = intent?.name {
                if let other = names[name] {
                    problems.add(place.appending("name"), "'\(name)' is already the name of intents[\(other)]")
                }
                names[name] = index
            }
            return intent
        }
    }

    // MARK: One intent

    private mutating func readIntent(_ json: JSONObject, at place: JSONPointer) -> Intent? {
        problems.check(members: json, against: Self.intentFields, at: place, of: "an intent")
        let name = json["name"]?.string ?? ""
        let isName = !name.isEmpty && name.count <= 64 && name.utf8.allSatisfy(Self.isNameByte)
        if json["name"] != nil, !isName || name == "unknown" {
            problems.add(
                place.appending("name"),
                "'\(name.prefix(60))' is no name of an intent; use small letters, digits and '_', not 'unknown'"
            )
        }
        let slots = readSlots(json["slots"]?.object ?? [:], at: place.appending("slots"))
        let patterns = readPatterns(json["patterns"], slots, at: place.appending("patterns"))
        let keywords = readKeywords(json["keywords"], at: place.appending("keywords"))
        if json["patterns"] == nil, json["keywords"] == nil {
            problems.add(place, "has neither 'patterns' nor 'keywords': no sentence can mean it")
        }
        guard let scenario = readScenario(json["scenario"], at: place.appending("scenario")) else { return nil }
        for slot in slots where scenario["variables"]?[slot.name] == nil {
            problems.add(
                JSONPointer(place.components + ["slots", slot.name]),
                "the scenario has no variable '\(slot.name)'; declare it under its 'variables'",
                atKey: true
            )
        }
        let examples = Self.texts(json["examples"])
        return Intent(
            name: name,
            summary: json["summary"]?.string ?? "",
            examples: examples,
            slots: slots,
            scenario: scenario,
            patterns: patterns,
            keywords: keywords,
            exampleWords: examples.map { Sentence($0).words },
            isNegative: examples.contains { !Sentence($0).negations.isEmpty }
        )
    }

    private mutating func readSlots(_ json: JSONObject, at place: JSONPointer) -> [Slot] {
        json.compactMap { name, value in
            let place = place.appending(name)
            // `customer:` alone is a text that must be there.
            guard let members = value.isNull ? [:] : value.object else {
                problems.add(place, "a slot is an object, this is \(value.typeName)")
                return nil
            }
            problems.check(members: members, against: Self.slotFields, at: place, of: "a slot")
            var lookup: [String: String] = [:]
            if let list = members["lookup"]?.string {
                if let known = lookups[list] {
                    lookup = known
                } else {
                    let phrase = Suggestion.phrase(for: list, among: lookups.keys)
                    problems.add(place.appending("lookup"), "there is no list '\(list)' under 'lookups'\(phrase)")
                }
            }
            return Slot(
                name: name,
                summary: members["summary"]?.string ?? name,
                kind: members["type"]?.string.flatMap(Slot.Kind.init(rawValue:)) ?? .text,
                isRequired: members["required"]?.bool ?? true,
                lookup: lookup,
                pattern: members["pattern"]?.string.flatMap { pattern($0, at: place.appending("pattern")) }
            )
        }
    }

    private mutating func readPatterns(
        _ value: JSONValue?,
        _ slots: [Slot],
        at place: JSONPointer
    ) -> [RegularExpression] {
        let names = slots.map(\.name)
        return Self.texts(value).enumerated().compactMap { index, text in
            let place = value?.array == nil ? place : place.appending(index)
            guard let pattern = pattern(text, at: place) else { return nil }
            for group in pattern.names.sorted() where !names.contains(group) {
                let phrase = Suggestion.phrase(for: group, among: names)
                problems.add(place, "the group '\(group)' is no slot of the intent\(phrase)")
            }
            return pattern
        }
    }

    private mutating func pattern(_ text: String, at place: JSONPointer) -> RegularExpression? {
        do {
            return try RegularExpression(text)
        } catch {
            problems.add(place, "is no regular expression: \(error.message)")
            return nil
        }
    }

    private mutating func readKeywords(_ value: JSONValue?, at place: JSONPointer) -> [[Keyword]] {
        guard let value else { return [] }
        guard let groups = value.array, !groups.isEmpty else {
            problems.add(place, "must be an array of words, or of arrays of words")
            return []
        }
        return groups.enumerated().compactMap { index, group in
            let words = Self.texts(group)
            guard !words.isEmpty, words.allSatisfy({ !$0.isEmpty && $0 != "*" && !$0.contains(" ") }) else {
                problems.add(place.appending(index), "must be a word, or an array of words, without spaces")
                return nil
            }
            return words.map(Keyword.init)
        }
    }

    private mutating func readScenario(_ value: JSONValue?, at place: JSONPointer) -> JSONObject? {
        guard let value else { return nil }
        if let name = value.string { return readScenario(file: name, at: place) }
        do {
            return try Scenario(document: JSONDocument(value: value)).json
        } catch {
            for problem in error.problems {
                problems.add(JSONPointer(place.components + problem.pointer.components), problem.message)
            }
            return nil
        }
    }

    private mutating func readScenario(file name: String, at place: JSONPointer) -> JSONObject? {
        let directory = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let path = name.hasPrefix("/") || directory.isEmpty ? name : "\(directory)/\(name)"
        files.append(path)
        guard let bytes = read(path) else {
            problems.add(place, "cannot read the scenario file \(path)")
            return nil
        }
        do {
            return try Scenario(parsing: bytes, file: path).json
        } catch {
            for line in error.lines { problems.add(place, line) }
            return nil
        }
    }

    private static func texts(_ value: JSONValue?) -> [String] {
        switch value {
        case .string(let text)?: [text]
        case .array(let elements)?: elements.compactMap(\.string)
        default: []
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }
}
