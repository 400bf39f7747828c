/// How a sentence was understood.
package struct IntentDecision: Sendable {
    /// An intent a sentence may mean.
    package struct Candidate: Hashable, Sendable {
        /// The intent's name.
        package var intent: String
        /// 0 to 1.
        package var confidence: Double
        /// What the sentence says of its slots.
        package var slots: [String: String]
        /// What speaks for it, for people: `pattern 2`, `keywords`, `examples`.
        package var evidence: String

        package init(intent: String, confidence: Double, slots: [String: String], evidence: String) {
            self.intent = intent
            self.confidence = confidence
            self.slots = slots
            self.evidence = evidence
        }
    }

    /// What it is taken for; nil when it is unknown.
    package var best: Candidate?
    /// What else it might mean, the likeliest first; at most three.
    package var nearest: [Candidate]
    /// Who decided.
    package var router: String
    /// Patterns that gave up, for whoever keeps the registry.
    package var problems: [String]

    package init(best: Candidate?, nearest: [Candidate], router: String, problems: [String] = []) {
        self.best = best
        self.nearest = nearest
        self.router = router
        self.problems = problems
    }
}
