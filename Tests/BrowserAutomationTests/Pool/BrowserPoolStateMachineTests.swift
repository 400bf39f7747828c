import Testing

@testable import BrowserAutomation

@Suite struct BrowserPoolStateMachineTests {
    private typealias Machine = BrowserPool.StateMachine
    private let start = ContinuousClock.now

    /// A machine with browser 1 running and its warm contexts (10, 11, …) ready.
    private func running(_ settings: BrowserPoolSettings) -> Machine {
        var machine = Machine(settings)
        #expect(machine.nextActions(at: start) == [.launch(seat: 0)])
        machine.launched(1, seat: 0, at: start)
        let actions = machine.nextActions(at: start)
        #expect(actions == Array(repeating: .warm(browser: 1), count: settings.warmContexts))
        for index in 0..<settings.warmContexts { machine.warmed(10 + index, in: 1) }
        return machine
    }

    @Test func `every seat gets a browser, each browser its warm contexts, and then there is peace`() {
        var machine = Machine(BrowserPoolSettings(browsers: 2, warmContexts: 2))
        #expect(machine.nextActions(at: start) == [.launch(seat: 0), .launch(seat: 1)])
        #expect(machine.nextActions(at: start).isEmpty)
        machine.launched(1, seat: 0, at: start)
        #expect(machine.nextActions(at: start) == [.warm(browser: 1), .warm(browser: 1)])
        machine.warmed(10, in: 1)
        #expect(machine.nextActions(at: start).isEmpty)
        #expect(machine.warmCount == 1)
    }

    @Test func `a waiter gets a warm context at once, and another is warmed in its place`() {
        var machine = running(BrowserPoolSettings(warmContexts: 1))
        let isTaken = machine.wait(100)
        #expect(isTaken)
        #expect(machine.nextActions(at: start) == [.hand(context: 10, to: 100), .warm(browser: 1)])
        #expect(machine.leasedCount == 1)
    }

    @Test func `waiters are served in the order they came; one that left is skipped`() {
        var machine = running(BrowserPoolSettings(warmContexts: 2, maximumJobs: 2))
        for waiter in [100, 101, 102] { _ = machine.wait(waiter) }
        machine.cancel(100)
        #expect(machine.nextActions(at: start) == [.hand(context: 10, to: 101), .hand(context: 11, to: 102)])
    }

    @Test func `no browser gets more contexts than its limit of jobs`() {
        var machine = running(BrowserPoolSettings(warmContexts: 1, maximumJobs: 2))
        for waiter in 100..<105 { _ = machine.wait(waiter) }
        #expect(machine.nextActions(at: start) == [.hand(context: 10, to: 100), .warm(browser: 1)])
        machine.warmed(11, in: 1)
        #expect(machine.nextActions(at: start) == [.hand(context: 11, to: 101)])
        machine.gaveBack(10, in: 1)
        #expect(machine.nextActions(at: start) == [.warm(browser: 1)])
    }

    @Test func `more than the limit may not wait`() {
        var machine = Machine(BrowserPoolSettings(maximumWaiting: 1))
        let (first, second) = (machine.wait(100), machine.wait(101))
        #expect(first)
        #expect(!second)
    }

    @Test func `a lost browser is replaced and its contexts are forgotten`() {
        var machine = running(BrowserPoolSettings(warmContexts: 1))
        machine.lost(1)
        #expect(machine.warmCount == 0)
        #expect(machine.nextActions(at: start) == [.launch(seat: 0)])
        machine.gaveBack(10, in: 1)
        #expect(machine.browsers.isEmpty)
    }

    @Test func `after its jobs a browser retires: no new job, a successor at once, closed with its last job`() {
        var machine = running(BrowserPoolSettings(warmContexts: 1, jobsBeforeRetirement: 1))
        _ = machine.wait(100)
        #expect(machine.nextActions(at: start) == [.hand(context: 10, to: 100), .warm(browser: 1)])
        #expect(machine.nextActions(at: start) == [.launch(seat: 0)])
        machine.warmed(11, in: 1)
        _ = machine.wait(101)
        #expect(machine.nextActions(at: start).isEmpty)
        machine.gaveBack(10, in: 1)
        #expect(machine.nextActions(at: start) == [.close(browser: 1)])
    }

    @Test func `an old browser retires`() {
        var machine = running(BrowserPoolSettings(warmContexts: 1, ageBeforeRetirement: .seconds(60)))
        #expect(machine.nextActions(at: start.advanced(by: .seconds(59))).isEmpty)
        let actions = machine.nextActions(at: start.advanced(by: .seconds(60)))
        #expect(actions == [.launch(seat: 0), .close(browser: 1)])
    }

    @Test func `launches that fail fail who waits and are tried again, later each time`() {
        var machine = Machine(BrowserPoolSettings())
        let error = BrowserError(.browserMissing, "none")
        _ = machine.wait(100)
        #expect(machine.nextActions(at: start) == [.launch(seat: 0)])
        #expect(machine.launchFailed(error, seat: 0, at: start) == [.fail(waiter: 100, error)])
        let first = start.advanced(by: .milliseconds(500))
        #expect(machine.nextActions(at: start) == [.wake(at: first)])
        #expect(machine.nextActions(at: first) == [.launch(seat: 0)])
        _ = machine.launchFailed(error, seat: 0, at: first)
        #expect(machine.nextActions(at: first) == [.wake(at: first.advanced(by: .seconds(1)))])
    }

    @Test func `who waits keeps waiting while another browser may still serve`() {
        var machine = Machine(BrowserPoolSettings(browsers: 2))
        _ = machine.nextActions(at: start)
        _ = machine.wait(100)
        #expect(machine.launchFailed(BrowserError(.browserCrashed, "x"), seat: 0, at: start).isEmpty)
        #expect(machine.waiting == [100])
    }

    @Test func `closing fails who waits, closes every browser and starts nothing more`() {
        var machine = running(BrowserPoolSettings(warmContexts: 1, maximumJobs: 1))
        _ = machine.wait(100)
        _ = machine.nextActions(at: start)
        _ = machine.wait(101)
        let actions = machine.close()
        #expect(actions.contains(.close(browser: 1)))
        #expect(actions.count == 2)
        #expect(machine.nextActions(at: start).isEmpty)
        let isTaken = machine.wait(102)
        #expect(!isTaken)
    }
}
