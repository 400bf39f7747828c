import JSON
import JobModel
import Testing

struct ActionSchemaTests {
    @Test(arguments: Action.allCases)
    func `every action has a schema that is right in itself`(action: Action) {
        let schema = ActionSchema.of(action)
        let names = schema.fields.map(\.name)
        #expect(!schema.summary.isEmpty)
        #expect(Set(names).count == names.count)
        for name in (schema.needsOneOf + schema.excludes).joined() { #expect(names.contains(name)) }
    }

    @Test func `only actions of the browser touch a page`() {
        let touching = Action.allCases.filter { ActionSchema.of($0).touchesPage }
        #expect(Set(touching) == Set(Action.browserActions + [.playwright]))
        #expect(!ActionSchema.of(.sendMail).touchesPage)
    }

    @Test func `what changes the world is an effect`() {
        let effects = Action.allCases.filter { ActionSchema.of($0).effect == .effect }
        let mail: Set<Action> = [.sendMail, .replyMail, .forwardMail, .moveMail, .deleteMail, .markMail]
        #expect(Set(effects) == mail.union([.writeFile, .moveFile, .openApp, .uia, .delegate]))
    }

    private static let cases: [(FieldType, JSONValue, Bool)] = [
        (.text, 5, true), (.text, [], false), (.selector, "", false),
        (.integer(1...3), 3, true), (.integer(1...3), 4, false), (.integer(1...3), 1.5, false),
        (.boolean, "true", false),
        (.duration, "2m", true), (.duration, "soon", false), (.choice(["a"]), "a", true), (.choice(["a"]), "b", false),
        (.choices(["a", "b"]), ["b"], true), (.choices(["a"]), "a", false), (.textList, "a", true),
        (.textList, ["a", 1], true), (.textList, [["a"]], false), (.selectorList, ["#a", ".b"], true),
        (.point, ["x": 1, "y": 2.5], true), (.point, ["x": 1], false), (.textMap, ["a": "b"], true),
        (.textMap, ["a": []], false), (.object, [:], true), (.any, nil, true), (.number, 1, true),
        (.number, "1", false),
    ]

    @Test(arguments: cases)
    func `types accept what they say`(type: FieldType, value: JSONValue, isAccepted: Bool) {
        #expect(type.accepts(value) == isAccepted)
    }
}
