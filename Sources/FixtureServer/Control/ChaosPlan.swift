import JSON

/// Faults at random, the same ones for the same seed and order of requests.
package struct ChaosPlan: Sendable {
    /// What may go wrong: a fault that a rule can have, or an answer named by its status.
    package struct Kind: Sendable, Hashable, CaseIterable {
        /// What the control endpoint calls it.
        package let name: String
        fileprivate let rule: FaultRule

        private static let answers = [
            // With `Retry-After`; nothing is done.
            Kind(
                name: "429",
                rule: FaultRule(
                    .answer,
                    status: 429,
                    code: "ApplicationThrottled",
                    message: "Application is over its MailboxConcurrency limit."
                )
            ),
            // Without `Retry-After`; nothing is done.
            Kind(name: "503", rule: FaultRule(.answer)),
            Kind(name: "504", rule: FaultRule(.answer, status: 504, code: "UnknownError", message: "")),
            Kind(name: "504_after", rule: FaultRule(.answerAfter, status: 504, code: "UnknownError", message: "")),
        ]
        package static let allCases =
            answers
            + FaultRule.Kind.allCases.filter { $0 != .answer && $0 != .answerAfter }.map {
                Kind(name: $0.rawValue, rule: FaultRule($0))
            }

        /// The kind of that name; nil for none.
        static func named(_ name: String) -> Kind? { allCases.first { $0.name == name } }
    }

    /// Requests that may be hit at a time in a row, so that a client that goes on gets through.
    private static let rowLimit = 3

    private let rate: Double
    private let kinds: [Kind]
    private let retryAfter: Int
    private let delay: Int
    private var state: UInt64
    private var inRow = 0
    /// How often each kind was shown.
    package private(set) var shown: [String: Int] = [:]

    /// - Parameters:
    ///   - rate: 0 to 1, the share of requests that are hit.
    ///   - retryAfter: seconds of a 429.
    ///   - delay: milliseconds of `delay` and `slow`.
    package init(
        seed: UInt64,
        rate: Double,
        kinds: [Kind] = Kind.allCases,
        retryAfter: Int = 1,
        delay: Int = 50
    ) {
        state = seed
        self.rate = rate
        self.kinds = kinds
        self.retryAfter = retryAfter
        self.delay = delay
    }

    /// Reads a plan as the control endpoint takes it.
    ///
    /// - Throws: `Invalid` with a sentence.
    init(_ json: JSONValue) throws(Invalid) {
        guard let seed = json["seed"]?.int64, seed >= 0 else { throw Invalid("'seed' must be a number from 0") }
        guard let rate = json["rate"]?.double, (0...1).contains(rate) else {
            throw Invalid("'rate' must be a number from 0 to 1")
        }
        let names = json["kinds"]?.array?.compactMap(\.string) ?? Kind.allCases.map(\.name)
        let kinds = names.compactMap(Kind.named)
        guard kinds.count == names.count, !kinds.isEmpty else {
            throw Invalid("'kinds' must be some of \(Kind.allCases.map(\.name).joined(separator: ", "))")
        }
        self.init(
            seed: UInt64(seed),
            rate: rate,
            kinds: kinds,
            retryAfter: json["retry_after"]?.int ?? 1,
            delay: json["delay_ms"]?.int ?? 50
        )
    }

    /// What a request's fate is; nil for none.
    mutating func draw(method: String) -> FaultRule? {
        let chance = Double(next() >> 11) / Double(1 << 53)
        let kind = kinds[Int(next() % UInt64(kinds.count))]
        guard chance < rate, inRow < Self.rowLimit else {
            inRow = 0
            return nil
        }
        inRow += 1
        shown[kind.name, default: 0] += 1
        return rule(kind, method)
    }

    private func rule(_ kind: Kind, _ method: String) -> FaultRule {
        var rule = kind.rule
        rule.delay = delay
        if rule.status == 429 { rule.retryAfter = retryAfter }
        // Only an upload has pieces.
        if rule.kind == .half, method != "PUT" { rule.kind = .cut }
        return rule
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// What is wrong with a plan.
    struct Invalid: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }
}
