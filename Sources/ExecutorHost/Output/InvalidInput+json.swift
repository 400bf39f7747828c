import JSON
import JobModel

extension InvalidInput {
    /// The problems for programs, as `cpa validate --json` prints them.
    var json: JSONObject {
        var json = JSONObject()
        json["file"] = file.map { .string($0) }
        json["problems"] = .array(
            problems.map { problem in
                var json: JSONObject = ["pointer": .string(problem.pointer.description)]
                json["line"] = problem.position.map { JSONValue($0.line) }
                json["column"] = problem.position.map { JSONValue($0.column) }
                json["message"] = .string(problem.message)
                return .object(json)
            }
        )
        return json
    }
}
