import Testing

@testable import JobWorker

@Suite struct LookAheadTests {
    /// How many of ten places are looked ahead for, after these agreements and jobs.
    private func count(agreed: [Duration], kept: [Duration]) -> Int {
        var lookAhead = LookAhead(places: 10)
        for _ in 0..<40 { for duration in agreed { lookAhead.agreed(after: duration) } }
        for duration in kept { lookAhead.kept(for: duration) }
        return lookAhead.count
    }

    @Test(arguments: [
        // As many as end while the scheduler is asked, up to nineteen for each place.
        (answer: Duration.milliseconds(5), kept: Duration.milliseconds(10), count: 4),
        (.milliseconds(5), .milliseconds(5), 9), (.milliseconds(5), .zero, 190), (.milliseconds(5), .seconds(1), 0),
        (.zero, .zero, 0),
    ])
    func `it grows with the way to the scheduler and shrinks with the length of jobs`(
        answer: Duration,
        kept: Duration,
        count: Int
    ) {
        // An average comes close to what it is of from below.
        #expect(self.count(agreed: [answer], kept: [kept]) == count)
    }

    @Test func `nothing is known before the first job has ended`() {
        #expect(count(agreed: [.milliseconds(5)], kept: []) == 0)
    }

    @Test func `one long job counts at once, and short ones make it forgotten little by little`() {
        let short = Array(repeating: Duration.milliseconds(1), count: 100)
        #expect(count(agreed: [.milliseconds(5)], kept: short) == 49)
        #expect(count(agreed: [.milliseconds(5)], kept: short + [.seconds(2)]) == 0)
        #expect(count(agreed: [.milliseconds(5)], kept: short + [.seconds(2)] + short.prefix(10)) == 0)
        #expect(count(agreed: [.milliseconds(5)], kept: short + [.seconds(2)] + short) == 49)
    }
}
