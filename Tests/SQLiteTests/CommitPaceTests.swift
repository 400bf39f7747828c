import Testing

@testable import SQLite

@Suite struct CommitPaceTests {
    private static let start = ContinuousClock.now

    /// How long the next commit may wait, so many milliseconds after one with these writes began.
    private func pause(after writes: Int, milliseconds: Int) -> Duration? {
        var pace = CommitPace(interval: .milliseconds(3))
        pace.begin(with: writes, at: Self.start)
        return pace.pause(at: Self.start + .milliseconds(milliseconds))
    }

    @Test func `the first commit begins at once`() {
        #expect(CommitPace().pause(at: Self.start) == nil)
    }

    @Test func `one that follows a single write does, too`() {
        #expect(pause(after: 1, milliseconds: 0) == nil)
    }

    @Test func `after a shared one the next waits, counted from the beginning of the last`() {
        #expect(pause(after: 2, milliseconds: 0) == .milliseconds(3))
        #expect(pause(after: 50, milliseconds: 2) == .milliseconds(1))
    }

    @Test func `a commit that took long enough is followed at once`() {
        #expect(pause(after: 2, milliseconds: 3) == nil)
        #expect(pause(after: 2, milliseconds: 70) == nil)
    }

    @Test func `what was shared long ago does not matter once a write came alone`() {
        var pace = CommitPace(interval: .milliseconds(3))
        pace.begin(with: 9, at: Self.start)
        pace.begin(with: 1, at: Self.start)
        #expect(pace.pause(at: Self.start) == nil)
    }
}
