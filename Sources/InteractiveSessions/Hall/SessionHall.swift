import EventLoops
package import HTTPServer
package import JobModel
package import Security
import Synchronization

/// All interactive sessions of a process: who may begin one, and their common end.
package final class SessionHall: Sendable {
    private struct State {
        var sessions: [SessionID: InteractiveSession] = [:]
        var isDraining = false
        var whenEmpty: [CheckedContinuation<Void, Never>] = []
    }

    private let services: SessionServices
    private let limits: SessionHallLimits
    private let state = Mutex(State())

    /// A hall without sessions.
    package init(_ services: SessionServices, limits: SessionHallLimits = SessionHallLimits()) {
        self.services = services
        self.limits = limits
    }

    /// Sessions at work.
    package var count: Int { state.withLock { $0.sessions.count } }

    /// Why the caller cannot have a session now; nil when it can.
    package func refusal(of caller: Principal) -> SessionRefusal? {
        state.withLock { refusal(of: caller, $0) }
    }

    /// Serves one session on a connection that has left HTTP; returns when all of it is given back.
    ///
    /// - Parameter isKeyValid: asked now and then; false ends the session.
    package func serve(
        _ upgraded: UpgradedConnection,
        for caller: Principal,
        isKeyValid: @escaping @Sendable () async -> Bool
    ) async {
        let session = InteractiveSession(
            services.newID(),
            for: caller,
            services: services,
            limits: limits.session,
            on: upgraded.connection.loop
        )
        // Looked at again: others may have come since the request was let through.
        let refusal = state.withLock { state -> SessionRefusal? in
            if let refusal = self.refusal(of: caller, state) { return refusal }
            state.sessions[session.id] = session
            return nil
        }
        let end = refusal.map { $0.code == .draining ? SessionEnd.shutdown : .overloaded }
        await session.run(on: upgraded, refusal: end, isKeyValid: isKeyValid)
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.sessions[session.id] = nil
            guard state.sessions.isEmpty else { return [] }
            defer { state.whenEmpty = [] }
            return state.whenEmpty
        }
        for continuation in waiting { continuation.resume() }
    }

    /// A file of a session and where it lies; nil when there is no such session of the caller.
    ///
    /// - Throws: `StepFailure` with `artifact_missing`.
    package func file(
        _ name: String,
        of session: String,
        for caller: Principal
    ) async throws -> (artifact: Artifact, path: String)? {
        let found = state.withLock { $0.sessions[SessionID(session)] }
        guard let found, found.caller.tenant == caller.tenant else { return nil }
        return try await found.work.file(name)
    }

    /// Takes no further session, tells those there are, and returns when all are gone.
    ///
    /// What runs may end within the grace; the clients are told to come back.
    package func drain() async {
        let sessions = state.withLock { state in
            state.isDraining = true
            return Array(state.sessions.values)
        }
        for session in sessions { await session.end(.shutdown) }
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.sessions.isEmpty { state.whenEmpty.append(continuation) }
                return state.sessions.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }

    private func refusal(of caller: Principal, _ state: borrowing State) -> SessionRefusal? {
        if state.isDraining {
            return SessionRefusal(code: .draining, message: "The server shuts down; come back in a moment")
        }
        if state.sessions.count >= limits.sessions {
            return SessionRefusal(
                code: .overloaded,
                message:
                    "\(state.sessions.count) sessions are at work, which is the limit; come back when one has ended"
            )
        }
        let own = state.sessions.values.filter { $0.caller.id == caller.id }.count
        guard own >= limits.sessionsPerKey else { return nil }
        return SessionRefusal(
            code: .overloaded,
            message: "This key has \(own) sessions at work, which is its limit; close one"
        )
    }
}
