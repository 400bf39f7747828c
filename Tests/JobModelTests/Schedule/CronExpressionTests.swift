import JobModel
import Testing

struct CronExpressionTests {
    /// The first turns after a time, in UTC.
    private func turns(_ cron: String, _ zone: String? = nil, after text: String, _ count: Int = 3) throws -> [String] {
        let expression = try CronExpression(cron)
        let rules = try zone.map { try #require(TimeZoneRules(named: $0)) }
        var time = try #require(RFC3339.parse(text))
        return try (0..<count).map { _ in
            time = try #require(expression.next(after: time, in: rules))
            return RFC3339.format(time).replacing(":00.000Z", with: "")
        }
    }

    @Test(arguments: [
        ("*/20 * * * *", ["2026-03-01T08:20", "2026-03-01T08:40", "2026-03-01T09:00"]),
        ("30 6 * * mon-fri", ["2026-03-02T06:30", "2026-03-03T06:30", "2026-03-04T06:30"]),
        ("0 12 31 * *", ["2026-03-31T12:00", "2026-05-31T12:00", "2026-07-31T12:00"]),
        ("0 0 29 feb *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
        ("0 0 13 * 5", ["2026-03-06T00:00", "2026-03-13T00:00", "2026-03-20T00:00"]),
        ("5,10 8-10/2 * * 7", ["2026-03-01T08:05", "2026-03-01T08:10", "2026-03-01T10:05"]),
        ("@monthly", ["2026-04-01T00:00", "2026-05-01T00:00", "2026-06-01T00:00"]),
        ("58/1 23 * * *", ["2026-03-01T23:58", "2026-03-01T23:59", "2026-03-02T23:58"]),
    ])
    func `turns are those of crontab`(cron: String, expected: [String]) throws {
        #expect(try turns(cron, after: "2026-03-01T08:00:00Z") == expected)
    }

    @Test(arguments: [
        ("", "has 0 fields"), ("* * * *", "has 4 fields"), ("60 * * * *", "'60' is no minute"),
        ("* 24 * * *", "'24' is no hour"), ("* * 0 * *", "'0' is no day of month"),
        ("* * * foo *", "'foo' is no month"),
        ("* * * * 8", "'8' is no day of week"), ("5-1 * * * *", "'5-1' is no minute"),
        ("*/0 * * * *", "'*/0' is no minute"),
        ("1,,2 * * * *", "'' is no minute"), ("-1 * * * *", "'-1' is no minute"), ("0 0 30 2 *", "never comes"),
        ("@often", "has 1 fields"), ("* * * * * *", "has 6 fields"), ("1e3 * * * *", "is no minute"),
    ])
    func `a line that cannot be read says which field`(cron: String, message: String) throws {
        let error = try #require(throws: InvalidInput.self) { try CronExpression(cron) }
        #expect(error.description.contains(message), "\(error.description)")
    }

    @Test func `a time of day that clocks skip is due as much later`() throws {
        // 2026-03-29, 02:00 CET is 03:00 CEST.
        let skipped = try turns("30 2 * * *", "Europe/Berlin", after: "2026-03-27T12:00:00Z")
        #expect(skipped == ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"])
        let other = try turns("30 2 * * *", "America/New_York", after: "2026-03-07T12:00:00Z", 2)
        #expect(other == ["2026-03-08T07:30", "2026-03-09T06:30"])
    }

    @Test func `a time of day that clocks show twice is due the first time`() throws {
        // 2026-10-25, 03:00 CEST is 02:00 CET.
        let twice = try turns("30 2 * * *", "Europe/Berlin", after: "2026-10-24T12:00:00Z")
        #expect(twice == ["2026-10-25T00:30", "2026-10-26T01:30", "2026-10-27T01:30"])
    }

    @Test func `with a star for the hour every minute shown counts, each time`() throws {
        let ahead = try turns("30 * * * *", "Europe/Berlin", after: "2026-03-29T00:00:00Z")
        #expect(ahead == ["2026-03-29T00:30", "2026-03-29T01:30", "2026-03-29T02:30"])
        let back = try turns("30 * * * *", "Europe/Berlin", after: "2026-10-25T00:00:00Z")
        #expect(back == ["2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"])
    }

    @Test func `clocks put back over midnight give each day one turn`() throws {
        // Havana: 2026-11-01, 01:00 CDT is 00:00 CST.
        let havana = try turns("15 0 * * *", "America/Havana", after: "2026-10-31T12:00:00Z", 2)
        #expect(havana == ["2026-11-01T04:15", "2026-11-02T05:15"])
    }

    @Test func `zones without and with half an hour, and far in the future, follow their rules`() throws {
        #expect(try turns("0 9 * * *", "Asia/Kolkata", after: "2026-03-01T08:00:00Z", 1) == ["2026-03-02T03:30"])
        #expect(try turns("0 9 1 7 *", "Europe/Berlin", after: "2050-01-01T00:00:00Z", 1) == ["2050-07-01T07:00"])
        #expect(try turns("0 9 1 1 *", "Europe/Berlin", after: "2050-01-02T00:00:00Z", 1) == ["2051-01-01T08:00"])
        #expect(try turns("0 9 1 7 *", "Australia/Sydney", after: "2050-01-01T00:00:00Z", 1) == ["2050-06-30T23:00"])
        #expect(try turns("0 9 * * *", "UTC", after: "2026-03-01T08:00:00Z", 1) == ["2026-03-01T09:00"])
    }

    @Test(arguments: [
        "", "Mars/Olympus", "../../../etc/passwd", "/etc/passwd", "Europe", "Europe/Berlin\0", "right/Europe/Berlin",
        "posix/UTC", "posixrules", "localtime", "Factory",
    ])
    func `what is no zone is none`(name: String) {
        #expect(TimeZoneRules(named: name) == nil)
    }
}
