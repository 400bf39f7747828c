import JSON
import JobModel
import Testing

struct RFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("2026-03-01T08:30:00Z", 1_772_353_800_000),
        ("2026-03-01T09:30:00.25+01:00", 1_772_353_800_250), ("2026-02-28T23:00:00.123456789-09:30", 1_772_353_800_123),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("1969-12-31T23:59:59.999Z", -1),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("2026-03-01t08:30:00z", 1_772_353_800_000),
    ])
    func `reads instants`(text: String, milliseconds: Int64) {
        #expect(RFC3339.parse(text) == milliseconds)
    }

    @Test(arguments: [
        "", "2026-03-01", "2026-03-01T08:30:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z",
        "2026-03-01T24:00:00Z", "2026-03-01T08:30:00.Z", "2026-03-01T08:30:00+0100", "2026-03-01T08:30:00Zx",
        "2026-3-1T08:30:00Z", "+026-03-01T08:30:00Z",
    ])
    func `refuses what is no instant`(text: String) {
        #expect(RFC3339.parse(text) == nil)
    }

    @Test func `an instant is written as it is read`() {
        #expect(RFC3339.format(1_772_353_800_250) == "2026-03-01T08:30:00.250Z")
        #expect(RFC3339.parse("2026-03-01T08:30:00.250Z") == 1_772_353_800_250)
    }
}

struct DurationTextTests {
    @Test(arguments: [
        (JSONValue.integer(8), Duration.seconds(8)), (0.5, .milliseconds(500)), ("500ms", .milliseconds(500)),
        ("30s", .seconds(30)), ("2m", .seconds(120)), ("1h", .seconds(3600)), ("7d", .seconds(604_800)),
        ("1m30s", .seconds(90)), ("1.5s", .milliseconds(1500)), ("8", .seconds(8)), (0, .zero),
    ])
    func `reads durations`(value: JSONValue, duration: Duration) {
        #expect(Duration(scenario: value) == duration)
    }

    @Test(
        arguments: [
            "", "s", "-1s", "1x", "1 s", "1m 30s", "1s30", ".5s", "1..5s", "367d", .integer(-1), .number(-0.1),
            .bool(true),
            .null, .number(1e30), "99999999999999999999s",
        ] as [JSONValue]
    )
    func `refuses what is no duration`(value: JSONValue) {
        #expect(Duration(scenario: value) == nil)
    }

    @Test(
        arguments: [
            ("367d", Duration.seconds(367 * 86_400)), ("9999d", .seconds(9999 * 86_400)),
            (.number(1e30), .seconds(31_622_400_000)),
            ("99999999999999999999d", .seconds(31_622_400_000)), (.integer(.max), .seconds(31_622_400_000)),
        ] as [(JSONValue, Duration)]
    )
    func `a setting may be longer, and what is endless is a thousand years`(value: JSONValue, duration: Duration) {
        #expect(Duration(ofAnyLength: value) == duration)
    }
}
