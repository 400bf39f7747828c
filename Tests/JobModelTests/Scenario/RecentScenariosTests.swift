import JSON
import Testing

@testable import JobModel

struct RecentScenariosTests {
    private static func json(_ variables: JSONObject, text: String = "{{ variables.text }}") -> JSONObject {
        [
            "name": "recent", "variables": .object(variables),
            "tasks": [["id": "fill", "action": "fill", "selector": "#a", "text": .string(text)]],
        ]
    }

    @Test("A scenario that was read before is found again, with the values of its own variables")
    func variables() throws {
        let recent = RecentScenarios()
        let first = Self.json(["text": "one", "other": 1])
        let second = Self.json(["text": "two", "other": ["deep": true]])
        let key = try #require(RecentScenarios.Key(first))
        recent.note(try Scenario(json: first), under: key)
        let other = try #require(RecentScenarios.Key(second))
        #expect(other == key)
        let found = try #require(recent.scenario(second, under: other))
        #expect(found == (try Scenario(json: second)))
        #expect(found.json.text() == second.text())
    }

    @Test("Scenarios are read alike only when they say the same letters in the same order")
    func differences() throws {
        let fields: (JSONObject) -> JSONObject = { fields in
            ["tasks": [["action": "fill_form", "fields": .object(fields)]]]
        }
        let objects: [JSONObject] = [
            fields(["#a": "1", "#b": "2"]), fields(["#b": "2", "#a": "1"]), fields(["#a": "1"]),
            Self.json([:], text: "\u{E9}"), Self.json([:], text: "e\u{301}"), Self.json(["text": 1], text: "\u{E9}"),
            Self.json(["other": 1], text: "\u{E9}"), ["tasks": [], "variables": "text"],
            ["tasks": [], "variables": ["text"]],
        ]
        #expect(Set(objects.compactMap(RecentScenarios.Key.init)).count == objects.count)
    }

    @Test("What was refused is refused again, and a variable that is missing is noticed")
    func refused() throws {
        _ = try Scenario(json: Self.json(["text": "one"]))
        for _ in 1...2 {
            #expect(throws: InvalidInput.self) { try Scenario(json: Self.json(["texts": "one"])) }
        }
        #expect(try Scenario(json: Self.json(["text": "two"])).variables == ["text": "two"])
    }

    @Test("The oldest are forgotten, and large ones are not kept")
    func bounds() throws {
        let recent = RecentScenarios()
        let objects = (0...(2 * RecentScenarios.limit)).map { Self.json([:], text: "text \($0)") }
        let keys = try objects.map { try #require(RecentScenarios.Key($0)) }
        for (object, key) in zip(objects, keys) {
            recent.note(try Scenario(json: object), under: key)
            // It is used all the time.
            #expect(recent.scenario(objects[0], under: keys[0]) != nil)
        }
        #expect(recent.scenario(objects[1], under: keys[1]) == nil)
        #expect(recent.scenario(objects[objects.count - 1], under: keys[keys.count - 1]) != nil)
        #expect(
            RecentScenarios.Key(Self.json([:], text: String(repeating: "a", count: RecentScenarios.sizeLimit))) == nil
        )
    }
}
