import EventLoops
import JSON

/// What a program said and how it ended.
struct FinishedProgram: Sendable {
    var exit: ChildExit
    var processID: Int32
    var output: String
    var errors: String

    /// Its lines on standard output that are JSON objects.
    var objects: [JSONObject] {
        output.split(separator: "\n").compactMap { (try? JSONValue(parsing: String($0)))?.object }
    }

    /// The positions of the events it wrote.
    var sequence: [Int64] { objects.compactMap { $0["seq"]?.int64 } }
    /// The last line of `cpa run --json`.
    var result: JSONValue? { objects.last.flatMap { $0["type"] == "result" ? $0["job"] : nil } }
    /// Everything it said.
    var text: String { "\(exit)\n\(output)\n\(errors)" }
}
