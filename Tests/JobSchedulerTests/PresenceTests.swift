import Testing

@testable import JobScheduler

@Suite struct PresenceTests {
    @Test func `a lease is covered once the scheduler was there for all of it, and for one before`() {
        var presence = Presence(lease: 20_000, interval: 500)
        for now in stride(from: Int64(0), to: 40_000, by: 500) {
            presence.passed(at: now)
            #expect(!presence.coversLease(at: now))
        }
        presence.passed(at: 40_000)
        #expect(presence.coversLease(at: 40_000))
    }

    @Test func `a pause, a failed pass and a clock that was set each begin anew`() {
        let breaks: [(inout Presence) -> Void] = [
            { $0.passed(at: 60_000) },
            { presence in
                presence.failed()
                presence.passed(at: 50_500)
            },
            { $0.passed(at: 12_000) },
            { $0.passed(at: 50_500, index: 110_500) },
            { $0.passed(at: 50_500, index: 500) },
        ]
        for interrupt in breaks {
            var presence = Presence(lease: 20_000, interval: 500)
            for now in stride(from: Int64(0), through: 50_000, by: 500) { presence.passed(at: now, index: now + 20) }
            #expect(presence.coversLease(at: 50_000))
            interrupt(&presence)
            #expect(!presence.coversLease(at: 50_500))
        }
    }

    @Test func `the clock leases end by is looked at every other second, so that one set right again was seen`() {
        var presence = Presence(lease: 20_000, interval: 500)
        #expect(presence.wantsClock(at: 0))
        for now in stride(from: Int64(0), through: 60_000, by: 500) {
            // For three seconds it was an hour behind.
            let ahead: Int64 = (50_100..<53_100).contains(now) ? -3_600_000 : 0
            presence.passed(at: now, index: presence.wantsClock(at: now) ? now + ahead : nil)
            if now == 50_000 { #expect(presence.coversLease(at: now)) }
        }
        #expect(!presence.coversLease(at: 60_000))
    }

    @Test func `passes that come a little late are no outage`() {
        var presence = Presence(lease: 20_000, interval: 500)
        for now in stride(from: Int64(0), through: 42_000, by: 6_000) { presence.passed(at: now) }
        #expect(presence.coversLease(at: 42_000))
    }

    @Test func `with a lease as short as the sweep, three passes late are still no outage`() {
        var presence = Presence(lease: 500, interval: 500)
        for now in stride(from: Int64(0), through: 6_000, by: 1_500) { presence.passed(at: now) }
        #expect(presence.coversLease(at: 6_000))
    }
}
