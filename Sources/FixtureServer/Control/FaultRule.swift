import JSON

/// A fault the service shows on matching requests, until it is used up.
package struct FaultRule: Sendable, Hashable {
    /// What goes wrong.
    package enum Kind: String, Sendable, CaseIterable {
        /// Answers with the status and does nothing.
        case answer
        /// Does the work, then answers with the status: the 504 after which the mail was sent.
        case answerAfter = "answer_after"
        /// Closes the connection and does nothing.
        case cut
        /// Does the work, then closes the connection without an answer.
        case cutAfter = "cut_after"
        /// Does the work, sends half of the answer's body, then cuts the connection.
        case cutBody = "cut_body"
        /// Does the work, and ends the answer's JSON in the middle as if that were all.
        case truncate
        /// Does nothing and answers 200 with an error object where results should be.
        case errorInBody = "error_in_body"
        /// Keeps half of a piece of an upload, then cuts the connection.
        case half
        /// Answers that the token has expired.
        case expired
        /// Answers with a claims challenge (continuous access evaluation).
        case challenge
        /// Waits before doing the work.
        case delay
        /// Does the work; the answer's body trickles for that long.
        case slow
    }

    package var kind: Kind
    /// Only requests with this method; nil for any.
    package var method: String?
    /// Only requests whose path ends so; nil for any.
    package var pathSuffix: String?
    /// Only requests whose path has this in it; nil for any.
    package var pathContains: String?
    package var status: Int
    package var code: String
    package var message: String
    /// Seconds for `Retry-After`; nil for none.
    package var retryAfter: Int?
    /// Whether `Retry-After` is given as a date.
    package var retryAfterIsDate = false
    /// Milliseconds for `delay` and `slow`.
    package var delay: Int
    /// An answer body instead of the error object, such as a proxy's HTML page.
    package var body: String?
    /// Whether `body` is JSON.
    package var bodyIsJSON = false
    /// How many requests are hit before the rule is gone.
    package var times: Int

    /// A rule; the defaults are those of the control endpoint.
    package init(
        _ kind: Kind,
        method: String? = nil,
        pathSuffix: String? = nil,
        pathContains: String? = nil,
        status: Int = 503,
        code: String = "serviceNotAvailable",
        message: String = "The service is temporarily unavailable.",
        retryAfter: Int? = nil,
        delay: Int = 0,
        body: String? = nil,
        times: Int = 1
    ) {
        self.kind = kind
        self.method = method
        self.pathSuffix = pathSuffix
        self.pathContains = pathContains
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.delay = delay
        self.body = body
        self.times = times
    }

    /// Reads a rule as the control endpoint takes it.
    ///
    /// - Throws: `Invalid` with a sentence.
    init(_ json: JSONValue) throws(Invalid) {
        guard let kind = json["kind"]?.string.flatMap(Kind.init) else {
            throw Invalid("'kind' must be one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.init(
            kind,
            method: json["method"]?.string,
            pathSuffix: json["path_suffix"]?.string,
            pathContains: json["path_contains"]?.string,
            status: json["status"]?.int ?? 503,
            code: json["code"]?.string ?? "serviceNotAvailable",
            message: json["message"]?.string ?? "The service is temporarily unavailable.",
            retryAfter: json["retry_after"]?.int,
            delay: json["delay_ms"]?.int ?? 0,
            times: json["times"]?.int ?? 1
        )
        retryAfterIsDate = json["retry_after_date"]?.bool ?? false
        switch json["body"] ?? .null {
        case .null: break
        case .string(let text): body = text
        case .object(let object):
            body = object.text()
            bodyIsJSON = true
        case let other: throw Invalid("'body' must be a text or an object, not \(other.typeName)")
        }
    }

    func matches(method: String, path: String) -> Bool {
        (self.method == nil || self.method == method) && (pathSuffix == nil || path.hasSuffix(pathSuffix ?? ""))
            && (pathContains == nil || path.contains(pathContains ?? ""))
    }

    /// A rule nobody can follow.
    struct Invalid: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }
}

/// The faults that are set.
struct FaultPlan: Sendable {
    private(set) var rules: [FaultRule] = []

    mutating func add(_ rule: FaultRule) { rules.append(rule) }
    mutating func removeAll() { rules = [] }

    /// The first rule that matches, used once.
    mutating func take(method: String, path: String) -> FaultRule? {
        guard let index = rules.firstIndex(where: { $0.matches(method: method, path: path) }) else { return nil }
        let rule = rules[index]
        rules[index].times -= 1
        if rules[index].times <= 0 { rules.remove(at: index) }
        return rule
    }
}
