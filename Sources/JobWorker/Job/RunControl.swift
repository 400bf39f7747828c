import Synchronization

/// Stops the run of one job from outside: from the heartbeat, a pushed cancellation, a shutdown.
///
/// Call from any thread; what comes before the run has begun is remembered. Events wait in a queue of its own, because a
/// stream would drop the ends of steps as soon as the job's task is cancelled.
package final class RunControl: Sendable {
    /// What a run waits for.
    enum Event: Sendable {
        case ended(JobPlan.JournalPlace, JobRun.End)
        case stop(JobRun.StopReason)
        case hold(Bool)
        case tick
    }

    private struct State {
        var requested: JobRun.StopReason?
        var isHeld = false
        var whenLost: [@Sendable () -> Void] = []
        var isEnding = false
        var whenEnding: (@Sendable () -> Void)?
        // At most one end a step at work, one stop a reason, one hold a heartbeat and one tick a timer.
        var events: [Event] = []
        var consumer: CheckedContinuation<Event, Never>?
    }

    private let state = Mutex(State())

    /// A control nobody has used yet.
    package init() {}

    /// Asks the run to end; the first request counts, except that a lost lease overrides it.
    package func stop(_ reason: JobRun.StopReason) {
        let lost: [@Sendable () -> Void]? = state.withLock { state in
            guard state.requested == nil || (reason == .lost && state.requested != .lost) else { return nil }
            state.requested = reason
            guard reason == .lost else { return [] }
            defer { state.whenLost = [] }
            return state.whenLost
        }
        guard let lost else { return }
        yield(.stop(reason))
        for body in lost { body() }
        mustEnd()
    }

    /// The run is to end now, by a request or by its own limits.
    func mustEnd() {
        let body = state.withLock { state in
            state.isEnding = true
            defer { state.whenEnding = nil }
            return state.whenEnding
        }
        body?()
    }

    /// Called once when the run is to end; at once when it is already.
    func whenEnding(_ body: @escaping @Sendable () -> Void) {
        let isEnding = state.withLock { state in
            if !state.isEnding { state.whenEnding = body }
            return state.isEnding
        }
        if isEnding { body() }
    }

    /// Asks the run to begin no further step, or to go on.
    package func hold(_ isHeld: Bool) {
        let isChange = state.withLock { state in
            defer { state.isHeld = isHeld }
            return state.isHeld != isHeld
        }
        if isChange { yield(.hold(isHeld)) }
    }

    /// Whether it begins no further step for now.
    var isHeld: Bool { state.withLock { $0.isHeld } }

    /// What was asked for so far.
    package var requested: JobRun.StopReason? { state.withLock { $0.requested } }

    /// Called once when the lease is lost; at once when it is already.
    func whenLost(_ body: @escaping @Sendable () -> Void) {
        let isLost = state.withLock { state in
            if state.requested != .lost { state.whenLost.append(body) }
            return state.requested == .lost
        }
        if isLost { body() }
    }

    /// Adds an event.
    func yield(_ event: Event) {
        let consumer = state.withLock { state in
            defer { state.consumer = nil }
            if state.consumer == nil { state.events.append(event) }
            return state.consumer
        }
        consumer?.resume(returning: event)
    }

    /// The next event; for the one consumer. Not ended by cancellation.
    func next() async -> Event {
        await withCheckedContinuation { continuation in
            let event: Event? = state.withLock { state in
                if !state.events.isEmpty { return state.events.removeFirst() }
                state.consumer = continuation
                return nil
            }
            if let event { continuation.resume(returning: event) }
        }
    }
}
