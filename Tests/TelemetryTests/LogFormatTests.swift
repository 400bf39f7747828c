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
        let line = Logger.Line(level: .error, message: "a\"b\\c\nd\u{1B}[31m\u{9B}\u{2028}ü", metadata: [:])
        #expect(text(line).contains(#""message":"a\"b\\c\nd\u001b[31m\u009b\u2028ü""#))
        #expect(text(line).filter(\.isNewline).count == 1)
    }

    @Test func `metadata cannot overwrite the members of the format`() {
        let line = Logger.Line(level: .debug, message: "m", metadata: ["level": "x"])
        #expect(text(line).hasSuffix(#""level":"debug","message":"m","level_":"x"}"# + "\n"))
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

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
    func `times are RFC 3339 in UTC`(milliseconds: Int64, expected: String) {
        #expect(Timestamp.text(milliseconds) == expected)
    }
}
