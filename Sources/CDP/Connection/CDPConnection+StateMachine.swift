import CDPProtocol

extension CDPConnection {
    /// Which calls wait for a reply, and the ways they stop waiting: reply, deadline, cancel, crash, detach, disconnect.
    ///
    /// Pure: `Token` is whatever waits. A token is given back exactly once, by being removed.
    struct StateMachine<Token> {
        typealias SessionID = TargetDomain.SessionID
        typealias Instant = ContinuousClock.Instant

        struct Pending {
            var token: Token
            var method: String
            var session: SessionID?
            var deadline: Instant
        }

        enum StartAction {
            /// Write the command.
            case send
            /// It cannot be answered any more.
            case fail(Token, CDPError)
        }

        enum ReplyAction {
            case resolve(Token)
            /// Cancelled, timed out, or never ours.
            case ignore
        }

        /// Nil while open. Set once.
        private(set) var closeReason: CDPError?
        private var pending: [Int: Pending] = [:]
        private var crashed: Set<SessionID> = []
        private var nextID = 1

        /// Number of calls that wait.
        var pendingCount: Int { pending.count }
        /// When the next of them times out.
        var nextDeadline: Instant? { pending.values.map(\.deadline).min() }

        /// The id of the next command.
        mutating func takeID() -> Int {
            defer { nextID += 1 }
            return nextID
        }

        mutating func start(
            _ id: Int,
            _ method: String,
            session: SessionID?,
            token: Token,
            deadline: Instant
        ) -> StartAction {
            if let closeReason { return .fail(token, closeReason) }
            if let session, crashed.contains(session), !Self.worksOnCrashedPage(method) {
                return .fail(token, Self.crash(during: method))
            }
            pending[id] = Pending(token: token, method: method, session: session, deadline: deadline)
            return .send
        }

        mutating func reply(to id: Int) -> ReplyAction {
            pending.removeValue(forKey: id).map { .resolve($0.token) } ?? .ignore
        }

        /// What the reply was for, for messages.
        func method(of id: Int) -> String? { pending[id]?.method }

        /// The task that waited is gone.
        mutating func cancel(_ id: Int) {
            pending[id] = nil
        }

        mutating func expire(at now: Instant) -> [(Token, CDPError)] {
            take {
                $0.deadline <= now
            } error: { call in
                CDPError(.timedOut, "Chromium did not answer \(call.method) in time")
            }
        }

        /// `Inspector.targetCrashed`: nothing the renderer had to answer is ever answered; a navigation goes on without it.
        mutating func sessionDidCrash(_ session: SessionID) -> [(Token, CDPError)] {
            crashed.insert(session)
            return take {
                $0.session == session && !Self.worksOnCrashedPage($0.method)
            } error: {
                Self.crash(during: $0.method)
            }
        }

        /// `Inspector.targetReloadedAfterCrash`: the session answers again.
        mutating func sessionDidRecover(_ session: SessionID) {
            crashed.remove(session)
        }

        mutating func sessionDidDetach(_ session: SessionID) -> [(Token, CDPError)] {
            crashed.remove(session)
            return take {
                $0.session == session
            } error: { call in
                CDPError(.detached, "The page was closed during \(call.method)")
            }
        }

        mutating func didClose(_ reason: CDPError) -> [(Token, CDPError)] {
            guard closeReason == nil else { return [] }
            closeReason = reason
            crashed = []
            return take { _ in
                true
            } error: { _ in
                reason
            }
        }

        private mutating func take(
            where predicate: (Pending) -> Bool,
            error: (Pending) -> CDPError
        ) -> [(Token, CDPError)] {
            let ids = pending.filter { predicate($0.value) }.keys.sorted()
            return ids.compactMap { id in pending.removeValue(forKey: id).map { ($0.token, error($0)) } }
        }

        private static func crash(during method: String) -> CDPError {
            CDPError(.crashed, "The page crashed (\(method) has no answer)")
        }

        /// A navigation starts a new renderer; what the browser process answers works without one.
        private static func worksOnCrashedPage(_ method: String) -> Bool {
            ["Page.navigate", "Page.reload", "Page.navigateToHistoryEntry", "Page.close"].contains(method)
        }
    }
}
