import FoundationEssentials
import JSON
import Testing

/// Requests and answers as a page of the documentation shows them, in blocks marked `http`:
///
///     # as $key              the following with that key; `# as user` with the test's own
///     > POST /path {…}       a request
///     < 200 {…}              its answer: these members, and perhaps others
///
/// A text `$name` in an answer takes the value, in later requests and answers it stands for it.
struct DocumentedTranscript {
    private var values: [String: JSONValue] = [:]
    private(set) var requests = 0

    static func blocks(of page: String) throws -> [String] {
        let path = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/docs/\(page)"
        let text = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
        return text.components(between: "```http\n", and: "```")
    }

    mutating func run(_ block: String, on stage: Stage) async throws {
        var key: String?
        var answer: Stage.Answer?
        for line in block.split(separator: "\n").map(String.init) {
            if line.hasPrefix("# as ") {
                let name = String(line.dropFirst(5))
                key = name == "user" ? nil : try #require(values[name]?.string, "\(line)")
            } else if line.hasPrefix("> ") {
                let parts = line.dropFirst(2).split(separator: " ", maxSplits: 2).map(String.init)
                let body = parts.count == 3 ? filled(try JSONValue(parsing: parts[2])).text() : nil
                let path = parts[1].split(separator: "/", omittingEmptySubsequences: false)
                    .map { piece in values[String(piece)]?.string ?? String(piece) }.joined(separator: "/")
                answer = try await stage.call(parts[0], path, body: body, key: key.map { .some($0) } ?? .none)
                requests += 1
            } else if line.hasPrefix("< ") {
                let parts = line.dropFirst(2).split(separator: " ", maxSplits: 1).map(String.init)
                let answer = try #require(answer, "\(line)")
                try #require(answer.status == Int(parts[0]), "\(line)\n\(answer.json.text())")
                guard parts.count == 2 else { continue }
                take(try JSONValue(parsing: parts[1]), from: answer.json, line)
            }
        }
    }

    private func filled(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): values[text] ?? value
        case .array(let elements): .array(elements.map(filled))
        case .object(let members): .object(members.reduce(into: [:]) { $0[$1.key] = filled($1.value) })
        default: value
        }
    }

    private mutating func take(_ expected: JSONValue, from actual: JSONValue, _ line: String) {
        switch expected {
        case .string(let name) where name.hasPrefix("$") && values[name] == nil:
            #expect(!actual.isNull, "\(line)")
            values[name] = actual
        case .object(let members):
            for (name, value) in members { take(value, from: actual[name] ?? .null, line) }
        case .array(let elements):
            for (index, element) in elements.enumerated() { take(element, from: actual[index] ?? .null, line) }
        default:
            #expect(filled(expected) == actual, "\(line)\n\(actual.text())")
        }
    }
}

extension String {
    fileprivate func components(between start: String, and end: String) -> [String] {
        var found: [String] = []
        var rest = self[...]
        while let begin = rest.firstRange(of: start) {
            rest = rest[begin.upperBound...]
            guard let stop = rest.firstRange(of: end) else { break }
            found.append(String(rest[..<stop.lowerBound]))
            rest = rest[stop.upperBound...]
        }
        return found
    }
}
