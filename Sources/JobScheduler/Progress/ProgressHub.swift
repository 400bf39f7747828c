import JobModel
import Synchronization

/// Tells watchers what happens to jobs.
///
/// Durable events are *pulled*: a watcher knows the last `seq` it has, and takes what comes after it from the last few the
/// hub remembers, or from the store when it is further behind. So a slow watcher costs no memory and no producer ever
/// waits, and a hole or a repeat cannot happen. Ticks of progress are kept one a step, the latest.
final class ProgressHub: Sendable {
    /// What a watcher does next.
    enum Next: Sendable {
        /// Durable events that follow directly.
        case events([JobEvent])
        /// There are events the hub does not remember: read them from the store.
        case behind
        /// A tick.
        case tick(JobEvent)
        /// Nothing new: wait.
        case nothing
        /// The hub was closed.
        case closed
    }

    fileprivate struct Watcher {
        var ticks: [StepID: JobEvent] = [:]
        var waiting: CheckedContinuation<Void, Never>?
    }

    fileprivate struct Topic {
        var latest: Int64 = 0
        /// The last events, without holes, the last of them `latest`.
        var recent: [JobEvent] = []
        var lastTick: [StepID: Int64] = [:]
        var watchers: [Int: Watcher] = [:]
    }

    private struct State {
        var topics: [JobID: Topic] = [:]
        var watcherCount = 0
        var nextWatcher = 0
        var isClosed = false
    }

    /// Events of a job the hub remembers.
    static let memory = 256
    /// Steps whose ticks are kept for a watcher; of further ones they are dropped.
    static let tickedSteps = 32
    /// Time between two ticks of one step: five a second are enough for eyes.
    static let tickInterval: Int64 = 200

    private let limit: Int
    private let state = Mutex(State())

    init(watcherLimit: Int) { limit = watcherLimit }

    // MARK: Producers

    /// Announces events that were committed; those of one job in the order of their `seq`.
    func publish(_ events: [JobEvent]) {
        let woken = state.withLock { state in
            var woken: [CheckedContinuation<Void, Never>] = []
            for event in events {
                guard let sequence = event.seq, var topic = state.topics[event.job] else { continue }
                if sequence != topic.latest + 1 { topic.recent = [] }
                topic.recent.append(event)
                if topic.recent.count > Self.memory { topic.recent.removeFirst(Self.memory / 2) }
                topic.latest = max(topic.latest, sequence)
                if let step = event.step { topic.forgetTicks(of: step) }
                woken += topic.takeWaiting()
                state.topics[event.job] = topic
            }
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    /// Passes a tick on to whoever watches; drops it when the step had one a moment ago.
    func tick(_ event: JobEvent) {
        let step = event.step ?? StepID("")
        let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard var topic = state.topics[event.job],
                event.timestamp - (topic.lastTick[step] ?? 0) >= Self.tickInterval,
                topic.lastTick.count < Self.tickedSteps || topic.lastTick[step] != nil
            else { return [] }
            topic.lastTick[step] = event.timestamp
            for id in topic.watchers.keys { topic.watchers[id]?.ticks[step] = event }
            defer { state.topics[event.job] = topic }
            return topic.takeWaiting()
        }
        for continuation in woken { continuation.resume() }
    }

    // MARK: Watchers

    /// Begins to watch; from now on nothing is missed.
    ///
    /// - Throws: `SchedulerError` with `overloaded`.
    func subscribe(to job: JobID) throws -> Int {
        try state.withLock { state in
            guard state.watcherCount < limit, !state.isClosed else {
                throw SchedulerError(.overloaded, "\(limit) watchers are connected already; try again later")
            }
            state.watcherCount += 1
            state.nextWatcher += 1
            state.topics[job, default: Topic()].watchers[state.nextWatcher] = Watcher()
            return state.nextWatcher
        }
    }

    /// Ends a subscription.
    func unsubscribe(_ watcher: Int, from job: JobID) {
        let waiting = state.withLock { state in
            let watcher = state.topics[job]?.watchers.removeValue(forKey: watcher)
            if watcher != nil { state.watcherCount -= 1 }
            if state.topics[job]?.watchers.isEmpty == true { state.topics[job] = nil }
            return watcher?.waiting
        }
        waiting?.resume()
    }

    /// Notes what the store says is the last `seq`.
    func raise(_ job: JobID, latest: Int64) {
        state.withLock { state in
            guard var topic = state.topics[job], topic.latest < latest else { return }
            topic.latest = latest
            topic.recent = []
            state.topics[job] = topic
        }
    }

    /// What there is for a watcher that has everything up to `last`.
    func next(_ watcher: Int, of job: JobID, after last: Int64) -> Next {
        state.withLock { state in
            if state.isClosed { return .closed }
            guard let topic = state.topics[job] else { return .closed }
            if topic.latest > last {
                guard let first = topic.recent.first?.seq, first <= last + 1 else { return .behind }
                return .events(topic.recent.filter { ($0.seq ?? 0) > last })
            }
            guard let step = topic.watchers[watcher]?.ticks.keys.first,
                let tick = state.topics[job]?.watchers[watcher]?.ticks.removeValue(forKey: step)
            else { return .nothing }
            return .tick(tick)
        }
    }

    /// Whether no durable event follows `last`.
    func hasNothing(of job: JobID, after last: Int64) -> Bool {
        state.withLock { ($0.topics[job]?.latest ?? 0) <= last }
    }

    /// Waits until `next` may have something; returns early when cancelled.
    func wait(_ watcher: Int, of job: JobID, after last: Int64) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustResume = state.withLock { state in
                    guard !state.isClosed, !Task.isCancelled, let topic = state.topics[job], topic.latest <= last,
                        topic.watchers[watcher]?.ticks.isEmpty == true
                    else { return true }
                    state.topics[job]?.watchers[watcher]?.waiting = continuation
                    return false
                }
                if mustResume { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { $0.topics[job]?.watchers[watcher]?.takeWaiting() }
            waiting?.resume()
        }
    }

    /// Ends every watch.
    func close() {
        let woken = state.withLock { state in
            state.isClosed = true
            var woken: [CheckedContinuation<Void, Never>] = []
            for job in state.topics.keys { woken += state.topics[job]?.takeWaiting() ?? [] }
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    /// Watchers connected now.
    var watchers: Int { state.withLock { $0.watcherCount } }
}

extension ProgressHub.Watcher {
    fileprivate mutating func takeWaiting() -> CheckedContinuation<Void, Never>? {
        defer { waiting = nil }
        return waiting
    }
}

extension ProgressHub.Topic {
    fileprivate mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
        watchers.keys.compactMap { watchers[$0]?.takeWaiting() }
    }

    /// A tick must not follow the event that ended its step.
    fileprivate mutating func forgetTicks(of step: StepID) {
        lastTick[step] = nil
        for id in watchers.keys { watchers[id]?.ticks[step] = nil }
    }
}
