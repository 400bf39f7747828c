import Testing

@testable import Telemetry

private func text(_ line: Logger.Line, timestamp: Int64 = 0) -> String {
    String(decoding: LogFormat.json(line, timestamp: timestamp), as: UTF8.self)
}

@Suite struct LogFormatTests {
    @Test func `a line is one JSON object with time, level, message and the metadata by key`() {
        let line = Logger.Line(level: .info, message: "Job started", metadata: ["tenant": "t", "job": "j1"])
        #expect(
            text(line, timestamp: 1_795_214_406_123)
                == #"{"ts":"2026-11-20T22:40:06.123Z","level":"info","message":"Job started","job":"j1","tenant":"t"}"#
                + "\n"
        )
    }

    @Test func `quotes, control characters and line separators cannot break the line or the terminal`() {
        let line = Logger.Line(
            level: .error,
            message: "a\"b\\c\nd\u{1B}[31m\u{9B}\u{2028}\u{202E}\u{2066}ü",
            metadata: [:]
        )
        #expect(text(line).contains(#""message":"a\"b\\c\nd\u001b[31m\u009b\u2028\u202e\u2066ü""#))
        #expect(text(line).filter(\.isNewline).count == 1)
    }

    @Test func `metadata cannot overwrite the members of the format`() {
        let line = Logger.Line(level: .debug, message: "m", metadata: ["level": "x"])
        #expect(text(line).hasSuffix(#""level":"debug","message":"m","level_":"x"}"# + "\n"))
    }

    @Test func `a value of 1,024 plain bytes is whole where long lines are cut, one more is not`() {
        let line = Logger.Line(
            level: .info,
            message: String(repeating: "\u{1}", count: 9000),
            metadata: ["fits": String(repeating: "x", count: 1024), "long": String(repeating: "y", count: 1025)]
        )
        #expect(text(line).contains("\"fits\":\"\(String(repeating: "x", count: 1024))\""))
        #expect(text(line).contains("\"long\":\"\(String(repeating: "y", count: 1024))…\""))
    }

    @Test(arguments: [9000, 100_000])
    func `a long line is cut to 8 KiB and says so`(length: Int) {
        let long = String(repeating: "\u{1}", count: length)
        let line = Logger.Line(
            level: .info,
            message: long,
            metadata: Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", long) })
        )
        let bytes = LogFormat.json(line, timestamp: 0)
        #expect(bytes.count <= LogFormat.lineLimit)
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix(",\"truncated\":true}\n"))
    }
}
