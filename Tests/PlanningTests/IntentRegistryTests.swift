import JSON
import JobModel
import Testing

@testable import Planning

@Suite struct IntentRegistryTests {
    private static let note = """
        intents:
          - name: note
            summary: Keeps a text.
            patterns: ['note (?<text>.+)']
            keywords: [[note, notiz*], [keep]]
            slots:
              text: { summary: what is kept }
            scenario:
              variables: { text: "", path: note.txt }
              tasks: [{ action: write_file, path: "{{ variables.path }}", text: "{{ variables.text }}" }]
        """

    private func read(_ text: String, files: [String: String] = [:]) throws(InvalidInput) -> IntentRegistry {
        try IntentRegistry(parsing: Array(text.utf8), file: "c/intents.yaml") { files[$0].map { Array($0.utf8) } }
    }

    private func problems(_ text: String, files: [String: String] = [:]) -> String {
        do {
            _ = try read(text, files: files)
            return ""
        } catch { return error.description }
    }

    private func changed(_ old: String, _ new: String) -> String { problems(Self.note.replacing(old, with: new)) }

    @Test func `a registry is read`() throws {
        let intent = try #require(try read(Self.note).intent("note"))
        #expect(intent.slots.map(\.name) == ["text"])
        #expect(intent.variables == ["text", "path"])
    }

    @Test func `problems name the line, the value and a remedy`() {
        #expect(
            changed("name: note", "name: No Te").hasPrefix("c/intents.yaml:2:11: intents[0].name: 'No Te' is no name")
        )
        #expect(
            changed("(?<text>", "(?<txt>").contains(
                "4:16: intents[0].patterns[0]: the group 'txt' is no slot of the intent; did you mean 'text'?"
            )
        )
        #expect(changed("note (?", "note ((?").contains("is no regular expression"))
        #expect(
            changed("summary: Keeps", "sumary: Keeps").contains(
                "3:5: intents[0].sumary: an intent has no member 'sumary'; did you mean 'summary'?"
            )
        )
        #expect(changed("write_file", "writefile").contains("did you mean 'write_file'?"))
        #expect(changed("text: { summary", "texts: { summary").contains("the scenario has no variable 'texts'"))
        #expect(
            changed("{ summary: what is kept }", "{ lookup: people }").contains(
                "there is no list 'people' under 'lookups'"
            )
        )
        #expect(problems("intents: [").hasPrefix("c/intents.yaml:"))
        #expect(problems("").contains("a registry is an object with 'intents'"))
        #expect(problems("intents: 5").contains("must be an array"))
    }

    @Test func `an intent that has a negation in an example is meant by one`() throws {
        let text = Self.note.replacing("patterns:", with: "examples: [do not note this]\n    patterns:")
        let negated = "do not keep the note"
        #expect(RuleRouter().route(negated, among: try read(Self.note)).best == nil)
        #expect(RuleRouter().route(negated, among: try read(text)).best?.intent == "note")
    }

    @Test func `a name that is there twice, and unknown, are refused`() {
        let entry = Self.note.split(separator: "\n").dropFirst().joined(separator: "\n")
        #expect(problems(Self.note + "\n" + entry).contains("'note' is already the name of intents[0]"))
        #expect(changed("name: note", "name: unknown").contains("not 'unknown'"))
    }

    @Test func `an intent nobody can mean is refused`() {
        let text = Self.note.split(separator: "\n").filter { !$0.contains("patterns") && !$0.contains("keywords") }
        #expect(problems(text.joined(separator: "\n")).contains("no sentence can mean it"))
    }

    @Test func `a scenario may be a file beside the registry`() throws {
        let text = "intents: [{ name: a, summary: b, keywords: [c], scenario: ../s.yaml }]"
        let scenario = "tasks: [{ action: goto, url: 'https://x/' }]"
        #expect(try read(text, files: ["c/../s.yaml": scenario]).files == ["c/../s.yaml"])
        #expect(problems(text).contains("cannot read the scenario file c/../s.yaml"))
        #expect(problems(text, files: ["c/../s.yaml": "tasks: []"]).contains("s.yaml:1:8: tasks: is empty"))
    }

    @Test func `keywords alone are enough when all of them are there`() throws {
        let registry = try read(Self.note)
        #expect(RuleRouter().route("keep this as Notizzettel", among: registry).best?.evidence == "keywords")
        #expect(RuleRouter().route("a note", among: registry).best == nil)
        #expect(RuleRouter().route("a note", among: registry).nearest.map(\.intent) == ["note"])
    }

    @Test func `a slot finds its value by its own pattern, too`() throws {
        let text = Self.note.replacing("{ summary: what is kept }", with: "{ pattern: 'about (?<value>\\w+)' }")
        let decision = RuleRouter().route("keep a notiz about cats please", among: try read(text))
        #expect(decision.best?.slots == ["text": "cats"])
    }

    @Test func `a pattern that gives up holds nobody up, and is named`() throws {
        let text = Self.note.replacing("note (?<text>.+)", with: "^(?:a|aa)+(?<text>[bc])$")
        let decision = RuleRouter().route(String(repeating: "a", count: 1_900), among: try read(text))
        #expect(decision.best == nil)
        #expect(decision.problems.count == 1 && decision.problems[0].hasPrefix("note, pattern 1: gives up"))
    }

    @Test func `slots and variables nobody knows are refused`() throws {
        let intent = try #require(try read(Self.note).intent("note"))
        let error = #expect(throws: InvalidInput.self) {
            try intent.order(slots: ["txt": "a"], variables: ["pth": "b"])
        }
        #expect(error?.problems.map(\.pointer.description) == ["/slots/txt", "/variables/pth", "/slots/text"])
        let order = try intent.order(slots: ["text": "a"], variables: ["path": "b.txt"])
        #expect(order.variables == ["text": "a", "path": "b.txt"])
        #expect(order.scenario["intent"] == "note")
    }

    @Test func `null is no value for a slot that must have one`() throws {
        let intent = try #require(try read(Self.note).intent("note"))
        for (slots, variables) in [(["text": .null], [:]), ([:], ["text": .null])] as [(JSONObject, JSONObject)] {
            let error = #expect(throws: InvalidInput.self) { try intent.order(slots: slots, variables: variables) }
            #expect(error?.problems.map(\.pointer.description) == ["/slots/text"])
        }
    }

    @Test func `an intent without slots says so`() throws {
        let text = Self.note.replacing("(?<text>.+)", with: ".+").replacing("{ summary: what is kept }", with: "{}")
            .replacing("slots:\n      text: {}", with: "slots: {}")
        let intent = try #require(try read(text).intent("note"))
        let error = #expect(throws: InvalidInput.self) { try intent.order(slots: ["zzz": 1]) }
        #expect(error?.description.contains("note has no slot 'zzz'; it has none") == true)
    }

    @Test func `a reading whose slots can be that goes before one that covers more`() throws {
        let text = Self.note.replacing(
            "['note (?<text>.+)']",
            with: "['^note (?<text>.+)$', 'note .*?(?<text>[0-9]+)']"
        ).replacing("{ summary: what is kept }", with: "{ type: number }")
        let decision = RuleRouter().route("note the number 17", among: try read(text))
        #expect(decision.best?.slots == ["text": "17"] && decision.best?.evidence == "pattern 2")
    }
}

@Suite struct SlotTests {
    private func value(_ kind: Slot.Kind, _ written: JSONValue, lookup: [String: String] = [:]) -> JSONValue? {
        let slot = Slot(name: "s", summary: "", kind: kind, isRequired: true, lookup: lookup, pattern: nil)
        return try? slot.value(of: written)
    }

    @Test func `addresses are addresses, with or without a name`() {
        #expect(value(.email, "a@b.example") == "a@b.example")
        #expect(value(.email, "A B <a@b.example>") == "A B <a@b.example>")
        for wrong in [
            "anna", "a@b", "a@", "@b.example", "a b@c.example", "A <a@b.example", "a@b@c.example", "a,b@c.example",
        ] {
            #expect(value(.email, .string(wrong)) == nil, "\(wrong)")
        }
        #expect(value(.email, "ANNA", lookup: ["anna": "a@b.example"]) == "a@b.example")
    }

    @Test func `numbers and addresses of pages are what they say`() {
        #expect(value(.number, "3,5") == 3.5 && value(.number, 4) == 4 && value(.number, "vier") == nil)
        #expect(value(.url, "https://x/") == "https://x/" && value(.url, "file:///etc/passwd") == nil)
        #expect(value(.url, "HTTPS://X/") == "HTTPS://X/" && value(.url, "https:x") == nil)
        #expect(value(.text, "") == nil && value(.text, ["a"]) == nil && value(.text, " a ") == "a")
    }

    @Test(
        arguments: [
            ("1.234,50", 1234.5), ("1,234.50", 1234.5), ("1.234.567", 1_234_567), ("1,234,567.8", 1_234_567.8),
            ("12€", 12), ("12 EUR", 12), ("€ 3,5", 3.5), ("7 Euro", 7), ("-1.234,5 €", -1234.5), ("007", 7), ("0", 0),
            ("0,125", 0.125), ("1234,567", 1234.567), ("00,5", 0.5),
        ] as [(String, Double)]
    )
    func `an amount is read as people write it`(written: String, number: Double) {
        #expect(value(.number, .string(written))?.double == number, "\(written)")
    }

    @Test(arguments: [
        "1,2,3", "12.03.2026", "1.2345.678", "1,234.567,5", "1.234.5678", ",5", "5,", "EUR", "-", "1e", "12 Stück",
    ])
    func `what is no amount is refused`(written: String) {
        #expect(value(.number, .string(written)) == nil, "\(written)")
    }

    @Test(arguments: ["1.234", "1,234", "12.345 €", "-999,000"])
    func `a thousand that may be a fraction is refused, and told how to write it`(written: String) {
        let slot = Slot(name: "s", summary: "", kind: .number, isRequired: true, lookup: [:], pattern: nil)
        let problem = #expect(throws: Slot.Problem.self) { try slot.value(of: .string(written)) }
        let whole = written.filter { "-0123456789".contains($0) }
        #expect(problem?.message.contains("'\(written)'") == true)
        #expect(problem?.message.contains("write \(whole) or \(whole),00") == true)
    }
}
