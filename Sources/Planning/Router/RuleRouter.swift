import RegularExpressions

/// Understands sentences by patterns and keywords.
///
/// A pattern that matches counts 0.7, and the more of the sentence it covers the more, up to 1. Keywords alone count up to
/// 0.6: as much of it as there are groups of which a word is there. What counts at least the registry's `minimum_confidence`
/// is taken, the first of equals, unless the sentence says not to do it; below it the sentence is unknown, and the nearest
/// intents are told, also those whose examples merely share words with it. Each pattern is matched in bounded time.
///
/// A word such as "not" outside of the texts a sentence hands over turns it around: then it counts `negatedShare` of that and
/// is not taken, unless an example of the intent has such a word too.
///
/// Greetings and thanks around a sentence are left out; an intent that is handed a text is first held against all of it, for
/// they may be the text's. Of what the patterns of an intent read, what can be its slots goes before what covers more.
package struct RuleRouter: IntentRouter {
    private static let nearestLimit = 3
    private static let negatedShare = 0.3

    package let name = "rules"

    /// A router; it has no state.
    package init() {}

    package func route(_ message: String, among registry: IntentRegistry) -> IntentDecision {
        let sentence = Sentence(message)
        let request = sentence.request
        var problems: [String] = []
        var readings: [Reading] = []
        for intent in registry.intents {
            let sentences = intent.takesText ? [sentence, request] : [request, sentence]
            guard var reading = reading(intent, sentences.compactMap { $0 }, &problems) else { continue }
            for slot in intent.slots where reading.candidate.slots[slot.name] == nil {
                reading.candidate.slots[slot.name] = slot.found(in: request ?? sentence)
            }
            readings.append(reading)
        }
        // Stable: of equals the first of the registry comes first.
        let ranked = readings.enumerated().sorted { one, two in
            one.element.confidence == two.element.confidence
                ? one.offset < two.offset : one.element.confidence > two.element.confidence
        }.map(\.element)
        let best = ranked.first { !$0.isNegated && $0.confidence >= registry.minimumConfidence }?.candidate
        let rest = ranked.map(\.candidate).filter { $0.intent != best?.intent }
        var nearest = Array(rest.prefix(Self.nearestLimit))
        if best == nil, nearest.count < Self.nearestLimit {
            nearest += similar(to: sentence, in: registry, without: Set(nearest.map(\.intent)))
                .prefix(Self.nearestLimit - nearest.count)
        }
        return IntentDecision(best: best, nearest: nearest, router: name, problems: problems)
    }

    /// What a sentence may mean.
    private struct Reading {
        var candidate: IntentDecision.Candidate
        /// Whether it says not to do it.
        var isNegated: Bool
        /// Whether what it takes for slots can be that.
        var isValid = true

        var confidence: Double { candidate.confidence }

        init(_ intent: Intent, _ confidence: Double, _ slots: [String: String], _ evidence: String, isNegated: Bool) {
            candidate = IntentDecision.Candidate(
                intent: intent.name,
                confidence: isNegated ? confidence * RuleRouter.negatedShare : confidence,
                slots: slots,
                evidence: isNegated ? evidence + ", negated" : evidence
            )
            self.isNegated = isNegated
        }

        /// What a match of a pattern says; nil when what it takes for a name is none.
        init?(_ intent: Intent, _ sentence: Sentence, _ match: RegularExpression.Match, _ evidence: String) {
            guard let slots = intent.slots(of: match) else { return nil }
            let covered = Double(match.range.count) / Double(max(1, sentence.bytes.count))
            let isNegated = intent.isNegated(sentence, match)
            self.init(intent, 0.7 + 0.3 * covered, slots, evidence, isNegated: isNegated)
            isValid = slots.allSatisfy { name, written in intent.slot(name)?.accepts(written) ?? true }
        }

        func isBetter(than other: Reading) -> Bool {
            isValid == other.isValid ? confidence > other.confidence : isValid
        }
    }

    /// What an intent makes of the first of the sentences that one of its patterns fits.
    private func reading(_ intent: Intent, _ sentences: [Sentence], _ problems: inout [String]) -> Reading? {
        var best: Reading?
        for sentence in sentences where best?.isValid != true {
            for (index, pattern) in intent.patterns.enumerated() {
                do throws(RegularExpressionError) {
                    guard let match = try pattern.firstMatch(in: sentence.bytes),
                        let reading = Reading(intent, sentence, match, "pattern \(index + 1)")
                    else { continue }
                    if best.map(reading.isBetter(than:)) ?? true { best = reading }
                } catch { problems.append("\(intent.name), pattern \(index + 1): \(error.message)") }
            }
        }
        if let best { return best }
        guard let sentence = sentences.first else { return nil }
        let hits = intent.keywords.count { $0.contains(where: sentence.has) }
        guard hits > 0 else { return nil }
        let share = Double(hits) / Double(intent.keywords.count)
        return Reading(intent, 0.6 * share, [:], "keywords", isNegated: intent.isNegated(sentence))
    }

    /// Intents whose examples share words with the sentence, those with most first.
    private func similar(
        to sentence: Sentence,
        in registry: IntentRegistry,
        without known: Set<String>
    ) -> [IntentDecision.Candidate] {
        let words = sentence.words.filter { $0.count > 3 }
        guard !words.isEmpty else { return [] }
        return registry.intents.filter { !known.contains($0.name) }.compactMap { intent in
            let shared = intent.exampleWords.map { $0.intersection(words).count }.max() ?? 0
            guard shared > 0 else { return nil }
            return IntentDecision.Candidate(
                intent: intent.name,
                confidence: 0.3 * Double(shared) / Double(words.count),
                slots: [:],
                evidence: "examples"
            )
        }.sorted { $0.confidence > $1.confidence }
    }
}

extension Intent {
    /// Whether a sentence hands it words of any kind.
    fileprivate var takesText: Bool { slots.contains { $0.kind == .text && !$0.isName } }

    /// What a match says of the slots; nil when what it takes for a name is none.
    fileprivate func slots(of match: RegularExpression.Match) -> [String: String]? {
        var values = match.captures.mapValues(\.trimmed).filter { !$0.value.isEmpty }
        for slot in slots where slot.isName {
            guard let written = values[slot.name] else { continue }
            let name = Quotation.removed(from: Politeness.removed(from: written))
            guard !name.isEmpty else { return nil }
            values[slot.name] = name
        }
        return values.mapValues(Quotation.removed(from:))
    }

    /// Whether a sentence says not to do it, outside of what it hands over as text.
    fileprivate func isNegated(_ sentence: Sentence, _ match: RegularExpression.Match? = nil) -> Bool {
        guard !sentence.negations.isEmpty, !isNegative else { return false }
        let texts = slots.filter { !$0.isName }.compactMap { match?.ranges[$0.name] }
        return sentence.negations.contains { negation in !texts.contains { $0.contains(negation.lowerBound) } }
    }
}

extension Slot {
    /// What its own pattern finds in a sentence.
    func found(in sentence: Sentence) -> String? {
        guard let pattern, let match = try? pattern.firstMatch(in: sentence.bytes) else { return nil }
        let whole = String(decoding: sentence.bytes[match.range], as: UTF8.self)
        let text = (match.captures["value"] ?? whole).trimmed
        return text.isEmpty ? nil : Quotation.removed(from: text)
    }
}
