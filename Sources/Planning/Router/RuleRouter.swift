import RegularExpressions

/// Understands sentences by patterns and keywords.
///
/// A pattern that matches counts 0.7, and the more of the sentence it covers the more, up to 1. Keywords alone count up to
/// 0.6: as much of it as there are groups of which a word is there. What counts at least the registry's `minimum_confidence`
/// is taken, the first of equals; below it the sentence is unknown, and the nearest intents are told, also those whose
/// examples merely share words with it. Each pattern is matched in bounded time.
package struct RuleRouter: IntentRouter {
    private static let nearestLimit = 3

    package let name = "rules"

    /// A router; it has no state.
    package init() {}

    package func route(_ message: String, among registry: IntentRegistry) -> IntentDecision {
        let sentence = Sentence(message)
        var problems: [String] = []
        var candidates: [IntentDecision.Candidate] = []
        for intent in registry.intents {
            guard var candidate = candidate(intent, sentence, &problems) else { continue }
            for slot in intent.slots where candidate.slots[slot.name] == nil {
                candidate.slots[slot.name] = slot.found(in: sentence)
            }
            candidates.append(candidate)
        }
        // Stable: of equals the first of the registry comes first.
        let ranked = candidates.enumerated().sorted { one, two in
            one.element.confidence == two.element.confidence
                ? one.offset < two.offset : one.element.confidence > two.element.confidence
        }.map(\.element)
        let best = ranked.first.flatMap { $0.confidence >= registry.minimumConfidence ? $0 : nil }
        let rest = best == nil ? ranked[...] : ranked.dropFirst()
        var nearest = Array(rest.prefix(Self.nearestLimit))
        if best == nil, nearest.count < Self.nearestLimit {
            nearest += similar(to: sentence, in: registry, without: Set(nearest.map(\.intent)))
                .prefix(Self.nearestLimit - nearest.count)
        }
        return IntentDecision(best: best, nearest: nearest, router: name, problems: problems)
    }

    private func candidate(
        _ intent: Intent,
        _ sentence: Sentence,
        _ problems: inout [String]
    ) -> IntentDecision.Candidate? {
        var best: IntentDecision.Candidate?
        for (index, pattern) in intent.patterns.enumerated() {
            do throws(RegularExpressionError) {
                guard let match = try pattern.firstMatch(in: sentence.bytes) else { continue }
                let covered = Double(match.range.count) / Double(max(1, sentence.bytes.count))
                let confidence = 0.7 + 0.3 * covered
                guard confidence > best?.confidence ?? 0 else { continue }
                best = IntentDecision.Candidate(
                    intent: intent.name,
                    confidence: confidence,
                    slots: match.captures.mapValues(\.trimmed).filter { !$0.value.isEmpty },
                    evidence: "pattern \(index + 1)"
                )
            } catch { problems.append("\(intent.name), pattern \(index + 1): \(error.message)") }
        }
        if let best { return best }
        let hits = intent.keywords.count { $0.contains(where: sentence.has) }
        guard hits > 0 else { return nil }
        return IntentDecision.Candidate(
            intent: intent.name,
            confidence: 0.6 * Double(hits) / Double(intent.keywords.count),
            slots: [:],
            evidence: "keywords"
        )
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

extension Slot {
    /// What its own pattern finds in a sentence.
    func found(in sentence: Sentence) -> String? {
        guard let pattern, let match = try? pattern.firstMatch(in: sentence.bytes) else { return nil }
        let whole = String(decoding: sentence.bytes[match.range], as: UTF8.self)
        let text = (match.captures["value"] ?? whole).trimmed
        return text.isEmpty ? nil : text
    }
}
