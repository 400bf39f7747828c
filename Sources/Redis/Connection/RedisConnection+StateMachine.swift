extension RedisConnection {
    /// When to connect, when to send, when to wait: no I/O, no clock.
    struct StateMachine {
        private enum State {
            /// Not connected, and nobody needs it. Can transition to: connecting, closed.
            case idle
            /// The socket is being connected. Can transition to: preparing, waiting, idle, closed.
            case connecting
            /// Connected; login and database are under way. Can transition to: ready, waiting, idle, closed.
            case preparing
            /// Commands flow. Can transition to: waiting, idle, closed.
            case ready
            /// Somebody needs it, and the pause before the next attempt runs. Can transition to: connecting, closed.
            case waiting
            /// Closed by us, for good.
            case closed
        }

        /// What the connection has to do.
        enum Action: Equatable {
            case none
            case connect
            case prepare
            /// Send what waits.
            case flush
            /// Try again after the pause for this many failures in a row; 0 is at once.
            case reconnect(failures: Int)
        }

        private var state = State.idle
        private var failures = 0

        var isReady: Bool {
            if case .ready = state { return true }
            return false
        }

        var isClosed: Bool {
            if case .closed = state { return true }
            return false
        }

        /// A command came.
        mutating func need() -> Action {
            switch state {
            case .idle:
                state = .connecting
                return .connect
            case .ready:
                return .flush
            case .connecting, .preparing, .waiting, .closed:
                return .none
            }
        }

        mutating func connected() -> Action {
            guard case .connecting = state else { return .none }
            state = .preparing
            return .prepare
        }

        mutating func prepared() -> Action {
            guard case .preparing = state else { return .none }
            state = .ready
            failures = 0
            return .flush
        }

        /// The connection is gone or was refused.
        ///
        /// - Parameter isNeeded: whether commands wait for it.
        mutating func lost(isNeeded: Bool) -> Action {
            switch state {
            case .closed, .idle, .waiting:
                return .none
            case .ready:
                failures = 0
            case .connecting, .preparing:
                failures += 1
            }
            state = isNeeded ? .waiting : .idle
            return isNeeded ? .reconnect(failures: failures) : .none
        }

        /// The pause is over.
        mutating func pauseEnded(isNeeded: Bool) -> Action {
            guard case .waiting = state else { return .none }
            state = isNeeded ? .connecting : .idle
            return isNeeded ? .connect : .none
        }

        mutating func close() { state = .closed }
    }
}
