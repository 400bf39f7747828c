import JSON
import JobModel
import Planning

extension Problem {
    /// Nothing is known by that name.
    init(unknown name: JSONValue, at pointer: String, among registry: IntentRegistry) {
        let phrase = Suggestion.phrase(for: name.string ?? "", among: registry.intents.map(\.name))
        self.init(
            unknown: "there is no intent \(name.text().prefix(80))\(phrase); GET /intents lists them",
            pointer: pointer,
            nearest: []
        )
    }

    /// A sentence means nothing that is known; what is nearest comes with it.
    init(meaningless decision: IntentDecision, at pointer: String, among registry: IntentRegistry) {
        let names = decision.nearest.map(\.intent).joined(separator: ", ")
        self.init(
            unknown: "the sentence means nothing that is known here"
                + (names.isEmpty ? "; GET /intents lists what does" : "; nearest are \(names)"),
            pointer: pointer,
            nearest: decision.nearest.map { $0.json(registry.intent($0.intent)) }
        )
    }

    private init(unknown detail: String, pointer: String, nearest: [JSONObject]) {
        self.init(status: 422, code: "unknown_intent", detail: detail)
        errors = [Detail(pointer: pointer, detail: detail)]
        members["nearest"] = .array(nearest.map { .object($0) })
    }

    /// Slots that are missing, or wrong.
    init(missing input: InvalidInput, _ intent: Intent) {
        self.init(input: input)
        status = 422
        code = "invalid_slots"
        members["intent"] = .string(intent.name)
    }
}
