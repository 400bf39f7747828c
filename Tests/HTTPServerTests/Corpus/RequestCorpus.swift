import FoundationEssentials
import Testing

/// fixtures/http/requests.corpus: raw requests with the statuses a strict server answers.
enum RequestCorpus {
    /// One thing the client does.
    enum Step: Equatable, Sendable {
        case send([UInt8])
        case await(String)
        case end
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var statuses: [Int]
        /// Whether the connection serves a further request afterwards.
        var staysOpen: Bool
        var steps: [Step]
        var testDescription: String { name }

        /// Every byte the client sends.
        var bytes: [UInt8] {
            steps.flatMap { step in if case .send(let bytes) = step { bytes } else { [UInt8]() } }
        }
    }

    static let cases: [Case] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../fixtures/http/requests.corpus").standardized
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            preconditionFailure("Cannot read \(file.path)")
        }
        return parse(text)
    }()

    static func parse(_ text: String) -> [Case] {
        var cases: [Case] = []
        var payload = ""
        func flush(bytewise: Bool = false) {
            guard !payload.isEmpty, !cases.isEmpty else { return }
            let bytes = expand(payload)
            cases[cases.count - 1].steps += bytewise ? bytes.map { .send([$0]) } : [.send(bytes)]
            payload = ""
        }
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("== ") {
                flush()
                cases.append(header(line.dropFirst(3)))
            } else if line.hasPrefix("--") {
                let directive = line.dropFirst(3)
                flush(bytewise: directive == "bytewise")
                if directive.hasPrefix("await ") {
                    cases[cases.count - 1].steps.append(.await(String(directive.dropFirst(6))))
                } else if directive == "end" {
                    cases[cases.count - 1].steps.append(.end)
                }
            } else {
                payload += line
            }
        }
        flush()
        return cases
    }

    private static func header(_ line: Substring) -> Case {
        guard let colon = line.ranges(of: " : ").last else { preconditionFailure("No ' : ' in \(line)") }
        let words = line[colon.upperBound...].split(separator: " ")
        return Case(
            name: String(line[..<colon.lowerBound]),
            statuses: words[0].split(separator: ",").compactMap { Int($0) },
            staysOpen: words[1] == "open",
            steps: []
        )
    }

    /// Resolves escapes and `{N*text}`.
    private static func expand(_ text: String) -> [UInt8] {
        var rest = Array(text.utf8)[...]
        return expand(&rest)
    }

    private static func expand(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "}"): return output
            case UInt8(ascii: "\\"): output.append(escape(&rest))
            case UInt8(ascii: "{"):
                let count = Int(String(decoding: rest.prefix { $0 != UInt8(ascii: "*") }, as: UTF8.self)) ?? 0
                rest = rest.drop { $0 != UInt8(ascii: "*") }.dropFirst()
                let inner = expand(&rest)
                for _ in 0..<count { output += inner }
            default: output.append(byte)
            }
        }
        return output
    }

    private static func escape(_ rest: inout ArraySlice<UInt8>) -> UInt8 {
        switch rest.popFirst() {
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "x"):
            defer { rest = rest.dropFirst(2) }
            return UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0
        case let other: return other ?? UInt8(ascii: "\\")
        }
    }
}
