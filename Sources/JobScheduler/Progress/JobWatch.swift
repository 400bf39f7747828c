package import JobModel
package import Storage

/// What happens to one job: first hello, then the events after the position asked for, then live ones, to the end.
///
/// Each durable event comes exactly once and in order, however often a client comes back with its last `seq`. The sequence
/// ends after the job's last `end` event, when the scheduler closes, or when its task is cancelled. For one consumer.
package struct JobWatch: AsyncSequence, Sendable {
    /// What a watcher gets; boxed, for thousands may wait with one in their hands.
    package indirect enum Element: Sendable {
        /// Always first: the job as it is, `lastSequence` included.
        case hello(JobRecord)
        /// Something that happened.
        case event(JobEvent)
    }

    let hub: ProgressHub
    let writer: JobWriter
    let job: JobID
    let tenant: TenantID?
    let since: Int64

    package func makeAsyncIterator() -> Iterator { Iterator(watch: self) }

    /// Goes through the events; watching begins with the first call of `next`.
    package struct Iterator: AsyncIteratorProtocol {
        private static let page = 200

        private let watch: JobWatch
        private var subscription: Subscription?
        private var last: Int64
        private var pending: ArraySlice<JobEvent> = []
        private var isOver = false

        fileprivate init(watch: JobWatch) {
            self.watch = watch
            last = watch.since
        }

        /// The next element, nil at the end.
        ///
        /// - Throws: `SchedulerError`, `CancellationError`.
        package mutating func next() async throws -> Element? {
            guard let subscription else { return try await hello() }
            while !isOver {
                if let event = pending.popFirst() { return take(event) }
                switch watch.hub.next(subscription.id, of: watch.job, after: last) {
                case .events(let events): pending = events[...]
                case .behind: pending = try await readPage()[...]
                case .tick(let event): return .event(event)
                case .nothing:
                    await watch.hub.wait(subscription.id, of: watch.job, after: last)
                    try Task.checkCancellation()
                case .closed: isOver = true
                }
            }
            self.subscription = nil
            return nil
        }

        private mutating func hello() async throws -> Element? {
            guard !isOver else { return nil }
            // Subscribed before the row is read: what is committed in between is announced.
            let subscription = try Subscription(hub: watch.hub, job: watch.job)
            let (id, tenant) = (watch.job, watch.tenant)
            let (element, lastSequence, hasEnded) = try await watch.writer.read { snapshot in
                guard let job = try snapshot.job(id), tenant == nil || job.tenant == tenant else {
                    throw SchedulerError.notFound(id)
                }
                return (Element.hello(job), job.lastSequence, job.state.isTerminal)
            }
            self.subscription = subscription
            watch.hub.raise(id, latest: lastSequence)
            last = Swift.min(Swift.max(last, 0), lastSequence)
            isOver = hasEnded && last == lastSequence
            return element
        }

        private mutating func take(_ event: JobEvent) -> Element {
            last = event.seq ?? last
            // A retry goes on after an `end`: it is over only when nothing follows.
            if event.kind == .end, pending.isEmpty { isOver = watch.hub.hasNothing(of: watch.job, after: last) }
            return .event(event)
        }

        private func readPage() async throws -> [JobEvent] {
            let (id, last) = (watch.job, last)
            return try await watch.writer.read { try $0.events(of: id, after: last, limit: Self.page) }
        }
    }

    /// Watches for as long as it lives.
    fileprivate final class Subscription: Sendable {
        let id: Int
        private let hub: ProgressHub
        private let job: JobID

        init(hub: ProgressHub, job: JobID) throws {
            id = try hub.subscribe(to: job)
            self.hub = hub
            self.job = job
        }

        deinit { hub.unsubscribe(id, from: job) }
    }
}
