/// Splits what a server sent into answers, for tests.
package struct AnswerReader {
    /// One answer.
    package struct Answer: Equatable, Sendable {
        package var status: Int
        package var head: String
        package var body: [UInt8]

        /// The value of a header field.
        package func field(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name.lowercased() else {
                    continue
                }
                return String(line[line.index(after: colon)...].drop { $0 == " " })
            }
            return nil
        }
    }

    /// The complete answers at the front of `bytes`.
    package static func answers(in bytes: [UInt8]) -> [Answer] {
        var rest = bytes[...]
        var answers: [Answer] = []
        while let answer = next(&rest) { answers.append(answer) }
        return answers
    }

    private static func next(_ rest: inout ArraySlice<UInt8>) -> Answer? {
        guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
        let line = head.prefix { $0 != "\r\n" }.split(separator: " ")
        guard line.count > 1, line[0] == "HTTP/1.1", let status = Int(line[1]) else { return nil }
        let fields = head.lowercased()
        var length = 0
        if let range = fields.firstRange(of: "content-length: ") {
            length = Int(fields[range.upperBound...].prefix { $0.isNumber }) ?? 0
        }
        let body = rest[end.upperBound...].prefix(length)
        guard body.count == length else { return nil }
        rest = rest[(end.upperBound + length)...]
        return Answer(status: status, head: head, body: Array(body))
    }
}
