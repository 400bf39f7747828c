import HTTPServer
import JSON
import JobModel

/// An error as clients see it: RFC 9457, `application/problem+json`.
struct Problem: Error, Sendable {
    /// One thing that is wrong with the input.
    struct Detail: Sendable {
        /// JSON pointer into the body.
        var pointer: String?
        /// Name of a query parameter or header field.
        var parameter: String?
        /// Where in the body's text.
        var line: Int?
        var column: Int?
        var detail: String
    }

    var status: Int
    /// A stable word for programs; docs/api.md lists them.
    var code: String
    /// What happened, with which value, what to try.
    var detail: String
    var errors: [Detail] = []
    /// The reason a worker is told.
    var reason: ReasonCode?
    /// Seconds after which trying again makes sense.
    var retryAfter: Int?
    /// Further fields of the answer.
    var headers: HTTPFields = []
    /// Further members of the answer (RFC 9457 §3.2).
    var members: JSONObject = [:]

    /// A problem with one parameter of the query or one header field.
    static func parameter(_ name: String, _ detail: String) -> Problem {
        Problem(
            status: 400,
            code: "invalid_input",
            detail: "'\(name)' \(detail)",
            errors: [Detail(parameter: name, detail: detail)]
        )
    }

    /// A problem with one member of the body.
    static func member(_ pointer: JSONPointer, _ detail: String) -> Problem {
        Problem(
            status: 400,
            code: "invalid_input",
            detail: pointer.components.isEmpty ? detail : "\(pointer.scenarioPath): \(detail)",
            errors: [Detail(pointer: pointer.description, detail: detail)]
        )
    }

    /// The answer.
    func response(request id: String) -> HTTPResponse {
        var json: JSONObject = [
            "type": .string("urn:cpa:problem:\(code)"), "title": .string(Self.title(code)),
            "status": .integer(Int64(status)), "detail": .string(detail), "code": .string(code),
            "request_id": .string(id),
        ]
        if !errors.isEmpty { json["errors"] = .array(errors.map { .object($0.json) }) }
        json["reason"] = reason.map { .string($0.rawValue) }
        json["retryable"] = retryAfter == nil ? nil : .bool(true)
        json = json.merging(members)
        var headers = headers
        if let retryAfter { headers["Retry-After"] = String(retryAfter) }
        headers["Content-Type"] = "application/problem+json"
        return HTTPResponse(status: status, headers: headers, body: .bytes(json.serialized()))
    }

    /// As the answer to one of many that came together.
    func item(_ index: Int) -> JSONObject {
        var json: JSONObject = [
            "index": JSONValue(index), "status": JSONValue(status), "code": .string(code), "detail": .string(detail),
        ]
        json["reason"] = reason.map { .string($0.rawValue) }
        json["retry_after"] = retryAfter.map { JSONValue($0) }
        if !errors.isEmpty { json["errors"] = .array(errors.map { .object($0.json) }) }
        return json.merging(members)
    }

    private static func title(_ code: String) -> String {
        let words = code.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

extension Problem.Detail {
    var json: JSONObject {
        var json: JSONObject = [:]
        json["pointer"] = pointer.map { .string($0) }
        json["parameter"] = parameter.map { .string($0) }
        json["line"] = line.map { .integer(Int64($0)) }
        json["column"] = column.map { .integer(Int64($0)) }
        json["detail"] = .string(detail)
        return json
    }
}
