extension BrowserPool {
    /// Which browser starts, warms, serves or retires, and who gets the next context.
    ///
    /// Pure: objects are numbers here. Every event is followed by `nextActions`, which brings the pool closer to what the
    /// settings ask for; each action ends in an event.
    struct StateMachine {
        typealias Instant = ContinuousClock.Instant

        struct Seat {
            enum State {
                /// Can transition to starting when the pause after failures is over.
                case empty(until: Instant?)
                /// Can transition to running, empty.
                case starting
                /// Can transition to empty: lost, or moved to the retiring ones.
                case running(Member)
            }

            var state: State
            /// Launches that failed in a row.
            var failures = 0
        }

        /// A running browser.
        struct Member {
            let browser: Int
            let started: Instant
            var jobs = 0
            /// Contexts on their way.
            var warming = 0
            /// Contexts that wait for a job.
            var warm: [Int] = []
            var leased: Set<Int> = []

            var contexts: Int { warming + warm.count + leased.count }
        }

        enum Action: Equatable {
            case launch(seat: Int)
            /// Ask again when the pause is over.
            case wake(at: Instant)
            case warm(browser: Int)
            case hand(context: Int, to: Int)
            case fail(waiter: Int, BrowserError)
            case close(browser: Int)
        }

        private let settings: BrowserPoolSettings
        private(set) var seats: [Seat]
        /// Browsers that take no new job and close with their last one.
        private(set) var retiring: [Member] = []
        private(set) var waiting: [Int] = []
        private(set) var isClosing = false

        init(_ settings: BrowserPoolSettings) {
            self.settings = settings
            seats = Array(repeating: Seat(state: .empty(until: nil)), count: max(1, settings.browsers))
        }

        // MARK: Events

        /// - Returns: false when too many wait already.
        mutating func wait(_ waiter: Int) -> Bool {
            guard waiting.count < settings.maximumWaiting, !isClosing else { return false }
            waiting.append(waiter)
            return true
        }

        mutating func cancel(_ waiter: Int) {
            waiting.removeAll { $0 == waiter }
        }

        mutating func launched(_ browser: Int, seat: Int, at now: Instant) {
            seats[seat] = Seat(state: .running(Member(browser: browser, started: now)))
        }

        /// Whoever waits and has no other browser to hope for gets the error now.
        mutating func launchFailed(_ error: BrowserError, seat: Int, at now: Instant) -> [Action] {
            let failures = seats[seat].failures + 1
            let pause = Duration.milliseconds(250) * (1 << min(failures, 7))
            seats[seat] = Seat(state: .empty(until: now.advanced(by: pause)), failures: failures)
            let isHopeless = !seats.contains { seat in
                if case .empty = seat.state { false } else { true }
            }
            guard isHopeless else { return [] }
            defer { waiting = [] }
            return waiting.map { .fail(waiter: $0, error) }
        }

        mutating func warmed(_ context: Int, in browser: Int) {
            update(browser) { member in
                member.warming -= 1
                member.warm.append(context)
            }
        }

        mutating func warmingFailed(in browser: Int) {
            update(browser) { $0.warming -= 1 }
        }

        /// A warm context turned out to be broken.
        mutating func spoiled(_ context: Int, in browser: Int) {
            update(browser) { member in member.warm.removeAll { $0 == context } }
        }

        /// A job is over; its context is gone.
        mutating func gaveBack(_ context: Int, in browser: Int) {
            update(browser) { $0.leased.remove(context) }
        }

        /// A browser crashed or was closed; everything in it is gone.
        mutating func lost(_ browser: Int) {
            retiring.removeAll { $0.browser == browser }
            for index in seats.indices {
                if case .running(let member) = seats[index].state, member.browser == browser {
                    seats[index].state = .empty(until: nil)
                }
            }
        }

        /// Takes a browser out of service; it closes when its last job is over.
        mutating func retire(_ browser: Int) {
            for index in seats.indices {
                if case .running(let member) = seats[index].state, member.browser == browser {
                    retiring.append(member)
                    seats[index].state = .empty(until: nil)
                }
            }
        }

        mutating func close() -> [Action] {
            isClosing = true
            let error = BrowserError(.browserCrashed, "The browser pool is being closed")
            let failures = waiting.map { Action.fail(waiter: $0, error) }
            waiting = []
            return failures + browsers.map { .close(browser: $0) }
        }

        var browsers: [Int] { seats.compactMap(\.member?.browser) + retiring.map(\.browser) }
        var leasedCount: Int { (seats.compactMap(\.member) + retiring).reduce(0) { $0 + $1.leased.count } }
        var warmCount: Int { seats.compactMap(\.member).reduce(0) { $0 + $1.warm.count } }

        private mutating func update(_ browser: Int, _ change: (inout Member) -> Void) {
            for index in seats.indices {
                if case .running(var member) = seats[index].state, member.browser == browser {
                    change(&member)
                    seats[index].state = .running(member)
                }
            }
            for index in retiring.indices where retiring[index].browser == browser { change(&retiring[index]) }
        }

        // MARK: Decisions

        mutating func nextActions(at now: Instant) -> [Action] {
            guard !isClosing else { return [] }
            retireWornOut(at: now)
            return hand() + launch(at: now) + warm() + closeRetired()
        }

        private mutating func retireWornOut(at now: Instant) {
            for member in seats.compactMap(\.member)
            where member.jobs >= settings.jobsBeforeRetirement
                || now - member.started >= settings.ageBeforeRetirement
            {
                retire(member.browser)
            }
        }

        /// First come, first served; from the browser with the fewest jobs.
        private mutating func hand() -> [Action] {
            var actions: [Action] = []
            while let waiter = waiting.first {
                let free = seats.compactMap(\.member).filter { !$0.warm.isEmpty }
                guard let member = free.min(by: { $0.leased.count < $1.leased.count }), let context = member.warm.first
                else { break }
                waiting.removeFirst()
                update(member.browser) { member in
                    member.warm.removeFirst()
                    member.leased.insert(context)
                    member.jobs += 1
                }
                actions.append(.hand(context: context, to: waiter))
            }
            return actions
        }

        private mutating func launch(at now: Instant) -> [Action] {
            var actions: [Action] = []
            for index in seats.indices {
                guard case .empty(let until) = seats[index].state else { continue }
                if let until, until > now {
                    actions.append(.wake(at: until))
                } else {
                    seats[index].state = .starting
                    actions.append(.launch(seat: index))
                }
            }
            return actions
        }

        /// Keeps the wanted number ready, and more while somebody waits.
        private mutating func warm() -> [Action] {
            var actions: [Action] = []
            var demand = waiting.count
            for member in seats.compactMap(\.member) {
                let ready = member.warming + member.warm.count
                let wanted = max(settings.warmContexts, min(demand, settings.maximumJobs))
                let room = settings.maximumJobs - member.contexts
                let missing = max(0, min(wanted - ready, room))
                demand -= min(demand, ready + missing)
                guard missing > 0 else { continue }
                update(member.browser) { $0.warming += missing }
                actions += Array(repeating: .warm(browser: member.browser), count: missing)
            }
            return actions
        }

        private mutating func closeRetired() -> [Action] {
            let idle = retiring.filter { $0.leased.isEmpty && $0.warming == 0 }
            retiring.removeAll { member in idle.contains { $0.browser == member.browser } }
            return idle.map { .close(browser: $0.browser) }
        }
    }
}

extension BrowserPool.StateMachine.Seat {
    var member: BrowserPool.StateMachine.Member? {
        if case .running(let member) = state { member } else { nil }
    }
}
