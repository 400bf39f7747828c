import Testing

@testable import JobModel

@Suite struct TimeZoneNamesTests {
    @Test func `the table holds the zones of the database, each once`() {
        #expect(TimeZoneNames.all.count == 597)
        for name in [
            "Europe/Berlin", "UTC", "US/Pacific", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "Asia/Calcutta",
        ] {
            #expect(TimeZoneNames.all.contains(name), "\(name)")
        }
    }

    @Test(arguments: [
        ("Europe/Kyiv", true), ("EST5EDT", true), ("PST", true), ("GMT+5", true), ("GMT-05:30", true), ("", false),
        ("Europe", false), ("europe/berlin", false), ("Foo/Bar", false), ("../UTC", false), ("GMT+five", false),
    ]) func `knows what Chromium knows`(name: String, isKnown: Bool) {
        #expect(TimeZoneNames.isKnown(name) == isKnown)
    }
}
