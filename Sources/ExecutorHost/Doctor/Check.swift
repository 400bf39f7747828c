import JSON

/// One thing `cpa doctor` looks at.
struct Check: Sendable {
    /// What was found.
    enum Result: Sendable {
        case ok(String)
        case warning(String, fix: String)
        case failure(String, fix: String)
    }

    let name: String
    let run: @Sendable (Configuration) async -> Result
}

extension Check.Result {
    var word: String {
        switch self {
        case .ok: "ok"
        case .warning: "warn"
        case .failure: "fail"
        }
    }

    var detail: String {
        switch self {
        case .ok(let detail), .warning(let detail, _), .failure(let detail, _): detail.withoutLogIns
        }
    }

    var fix: String? {
        switch self {
        case .ok: nil
        case .warning(_, let fix), .failure(_, let fix): fix.withoutLogIns
        }
    }

    func json(_ name: String) -> JSONObject {
        var json: JSONObject = ["check": .string(name), "result": .string(word), "detail": .string(detail)]
        json["fix"] = fix.map(JSONValue.string)
        return json
    }
}
