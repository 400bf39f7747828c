import JSON
import Planning

/// How long it takes to understand a sentence with a hundred intents of three patterns each.
struct IntentFigures {
    let iterations: Int

    func measure() throws -> JSONObject {
        let registry = try IntentRegistry(parsing: Array(Self.registry.utf8), file: "bench.yaml", read: { _ in nil })
        let router = RuleRouter()
        let sentences = [
            "Bitte schick Anna die neueste Rechnung sache99 von der Müller & Söhne Verwaltungsgesellschaft mbH",
            "Finde in DATEV das Dokument sache50 für Firma X, exportiere PDF, sende per Mail an anna@kunde.example",
            "Ein Satz, der hier nichts bedeutet und dennoch von jedem Muster angesehen werden muss, bis zum Ende",
        ]
        var times: [Double] = []
        let clock = ContinuousClock()
        for index in 0..<(iterations * sentences.count) {
            let sentence = sentences[index % sentences.count]
            let time = clock.measure { _ = router.route(sentence, among: registry) }
            times.append(time / .microseconds(1))
        }
        times.sort()
        return [
            "intents": JSONValue(registry.intents.count), "sentences": JSONValue(times.count),
            "p50_us": .number(times[times.count / 2]), "p99_us": .number(times[times.count * 99 / 100]),
        ]
    }

    private static let registry =
        "intents:\n"
        + (0..<100).map { index in
            """
              - name: intent_\(index)
                summary: Number \(index).
                examples: [Schick die sache\(index) von Firma X an Anna]
                patterns:
                  - '^(?:bitte )?(?:schick|send|mail)\\w*\\s+(?<who>.+?)\\s+(?:die|the)\\s+(?:letzte|neueste|latest)\\s+(?:rechnung|invoice)\\s+sache\(index)\\s+(?:von|für|of|from)\\s+(?<what>.+?)[.!?]*$'
                  - '(?:finde|such\\w*|hol\\w*|find|get)\\b.*\\bsache\(index)\\s+(?:von|für|of|for)\\s+(?<what>[^,]+?)\\s*,.*\\b(?:mail|send\\w*)\\b.*?\\b(?:an|to)\\s+(?<who>.+?)[.!?]*$'
                  - '(?:zeig|list|show)\\w*\\b.*\\bsache\(index)\\s+(?<what>.+?)[.!?]*$'
                keywords: [[sache\(index)], [schick*, send*, zeig*], [rechnung, invoice, dokument]]
                slots: { who: , what: }
                scenario:
                  variables: { who: "", what: "" }
                  tasks: [{ action: write_file, path: note.txt, text: "{{ variables.who }} {{ variables.what }}" }]
            """
        }.joined(separator: "\n")
}
