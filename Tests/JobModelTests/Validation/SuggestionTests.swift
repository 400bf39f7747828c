import JobModel
import Testing

struct SuggestionTests {
    @Test(arguments: [
        ("clik", "click"), ("Click", "click"), ("wait-for", "wait_for"), ("screnshot", "screenshot"), ("flil", "fill"),
    ])
    func `finds the word that was meant`(word: String, meant: String) {
        #expect(Suggestion.nearest(to: word, among: Action.allCases.map(\.rawValue)) == meant)
    }

    @Test(arguments: ["", "navigate", "xyz", String(repeating: "click", count: 1000)])
    func `stays silent when nothing is near`(word: String) {
        #expect(Suggestion.nearest(to: word, among: Action.allCases.map(\.rawValue)) == nil)
    }
}
