import JSON

/// Faults at random, the same ones for the same seed and order of requests.
package struct ChaosPlan: Sendable {
    /// What may go wrong, by the name the control endpoint takes.
    package enum Kind: String, Sendable, CaseIterable {
        /// 429 with `Retry-After`; nothing is done.
        case throttled = "429"
        /// 503 without `Retry-After`; nothing is done.
        case unavailable = "503"
        /// 504; nothing is done.
        case timeout = "504"
        /// 504 after the work was done.
        case timeoutAfter = "504_after"
        case cut
        case cutAfter = "cut_after"
        case cutBody = "cut_body"
        case truncate
        case errorInBody = "error_in_body"
        /// Half of an upload's piece; other requests are cut.
        case half
        case expired
        case challenge
        case delay
        case slow
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
        let names = json["kinds"]?.array?.compactMap(\.string) ?? Kind.allCases.map(\.rawValue)
        let kinds = names.compactMap(Kind.init)
        guard kinds.count == names.count, !kinds.isEmpty else {
            throw Invalid("'kinds' must be some of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
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
        shown[kind.rawValue, default: 0] += 1
        return rule(kind, method)
    }

    private func rule(_ kind: Kind, _ method: String) -> FaultRule {
        switch kind {
        case .throttled:
            FaultRule(
                .answer,
                status: 429,
                code: "ApplicationThrottled",
                message: "Application is over its MailboxConcurrency limit.",
                retryAfter: retryAfter
            )
        case .unavailable: FaultRule(.answer)
        case .timeout: FaultRule(.answer, status: 504, code: "UnknownError", message: "")
        case .timeoutAfter: FaultRule(.answerAfter, status: 504, code: "UnknownError", message: "")
        case .cut: FaultRule(.cut)
        case .cutAfter: FaultRule(.cutAfter)
        case .cutBody: FaultRule(.cutBody)
        case .truncate: FaultRule(.truncate)
        case .errorInBody: FaultRule(.errorInBody)
        case .half: FaultRule(method == "PUT" ? .half : .cut)
        case .expired: FaultRule(.expired)
        case .challenge: FaultRule(.challenge)
        case .delay: FaultRule(.delay, delay: delay)
        case .slow: FaultRule(.slow, delay: delay)
        }
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
