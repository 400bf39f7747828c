package import EventLoops
package import JobModel
package import Redis
import Synchronization
package import Telemetry

/// The dispatch index in Redis, for workers on many machines.
///
/// Holds up to three connections on its loop, opened when they are needed: commands, one that blocks while claims wait, and
/// one that listens for cancellations. A worker renews its leases through a second index of its own, on a loop with nothing
/// else on it: a large answer on a busy loop must not cost a lease.
package final class RedisDispatchIndex: DispatchIndex {
    private let keys: DispatchKeys
    private let commands: RedisConnection
    private let subscriber: RedisSubscriber
    private let waiter: WorkWaiter
    private let offers = Mutex(CapabilityText())
    private let needs = Mutex(CapabilityText())
    /// What was last applied: holds again before an index that was emptied gives anything out.
    private let policy = Mutex(DispatchPolicy())
    /// What was offered when it was last remembered.
    private let remembered = Mutex<(offer: String, at: ContinuousClock.Instant)?>(nil)
    /// Names claims, so that one repeated after a lost reply gets the lease it already has.
    private let token: @Sendable () -> String
    /// How often a script is repeated whose connection broke before its reply.
    private static let repetitions = 2

    /// An index; nothing is opened until it is used.
    ///
    /// - Parameters:
    ///   - queue: letters, digits, `-`, `_`, `.`; indexes of one queue on one Redis are the same.
    ///   - token: must never repeat, over all processes.
    /// - Throws: `JobQueueError` when the queue's name cannot be one.
    package init(
        queue: String = "default",
        at address: RedisAddress,
        on loop: EventLoop,
        logger: Logger = .silent,
        token: @escaping @Sendable () -> String = {
            String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt64.random(in: 0 ... .max), radix: 36)
        }
    ) throws {
        keys = try DispatchKeys(queue: queue)
        commands = RedisConnection(on: loop, to: address, options: RedisOptions(name: "cpa-dispatch"), logger: logger)
        subscriber = RedisSubscriber(
            on: loop,
            to: address,
            options: RedisOptions(name: "cpa-cancel"),
            logger: logger.with("meanwhile", "cancellations come with the heartbeat")
        )
        waiter = WorkWaiter(
            RedisConnection(
                on: loop,
                to: address,
                options: RedisOptions(use: .blocking, name: "cpa-wait"),
                logger: logger
            ),
            key: keys.wake
        )
        self.token = token
    }

    /// - Throws: `JobQueueError` when the queue's name cannot be one.
    package static func check(queue: String) throws(JobQueueError) { _ = try DispatchKeys(queue: queue) }

    /// Connects now and fails with the first attempt, for start-up and checks; nothing else needs it.
    package func connect() async throws {
        try await commands.connect()
        // Also finds out whether the layout is ours.
        _ = try await depth()
    }

    /// Closes its connections; what waits fails.
    package func close() async {
        await waiter.close()
        await subscriber.close()
        await commands.close()
    }

    // MARK: Scheduler's side

    /// Takes the queue for a database, keeps it, or gives it back: a queue belongs to one.
    ///
    /// - Parameters:
    ///   - owner: names the database to people, and is the same whenever it is served.
    ///   - time: for how long; zero gives it back.
    /// - Returns: the other one that owns it, in whose time nothing is changed; else nil.
    package func own(by owner: String, for time: Duration) async throws -> String? {
        let arguments = [RedisArgument(owner), RedisArgument(time.milliseconds)]
        let (code, values) = try await run(DispatchScript.own, arguments)
        return code == .done ? nil : values.first?.text ?? ""
    }

    package func enqueue(_ entries: [DispatchEntry]) async throws {
        for entries in entries.batches(of: DispatchRules.batch * Self.batchesOnTheirWay) {
            let lists = try Array(entries).batches(of: DispatchRules.batch).map(arguments)
            var replies = try await run(DispatchScript.enqueue, each: lists)
            if replies.contains(where: { $0.code == .noPolicies }) {
                try await apply(policy.withLock { $0 })
                replies = try await run(DispatchScript.enqueue, each: lists)
            }
            for (code, _) in replies where code == .tooManyKinds {
                throw JobQueueError(
                    code: .tooManyKinds,
                    message: "The waiting jobs already need \(DispatchRules.kinds) different sets of capabilities"
                )
            }
        }
    }

    /// Calls that are sent without waiting for the reply of the one before: Redis works while the next travels.
    private static let batchesOnTheirWay = 10

    /// What entries with the same terms have in common goes once.
    private func arguments(of entries: ArraySlice<DispatchEntry>) throws -> [RedisArgument] {
        var arguments: [RedisArgument] = []
        arguments.reserveCapacity(entries.count + 6)
        var rest = entries
        while let first = rest.first {
            let alike = rest.prefix { $0.hasTerms(of: first) }
            arguments += [
                RedisArgument(alike.count), RedisArgument(first.tenant.rawValue), RedisArgument(first.priority),
                RedisArgument(first.notBefore ?? 0), RedisArgument(first.epochFloor.rawValue),
                RedisArgument(try needs.withLock { try $0.text(of: first.needs) }),
            ]
            for entry in alike { arguments.append(RedisArgument(entry.job.rawValue)) }
            rest = rest.dropFirst(alike.count)
        }
        return arguments
    }

    package func remove(_ job: JobID) async throws { try await remove([job]) }

    package func remove(_ jobs: [JobID]) async throws {
        let lists = jobs.batches(of: DispatchRules.batch).map { $0.map { RedisArgument($0.rawValue) } }
        _ = try await run(DispatchScript.remove, each: lists)
    }

    package func erase(_ jobs: [JobID]) async throws {
        try await remove(jobs)
        try await commands.send(["DEL"] + keys.bookkeeping.map { RedisArgument($0) })
    }

    package func requestCancel(_ job: JobID) async throws {
        _ = try await run(DispatchScript.cancel, [RedisArgument(job.rawValue)])
    }

    package func expired(limit: Int) async throws -> [Lease] {
        guard limit > 0 else { return [] }
        let (_, values) = try await run(DispatchScript.expired, [RedisArgument(min(limit, DispatchRules.batch))])
        return try stride(from: 0, to: values.count - 3, by: 4).map { index in
            try lease(
                job: values[index],
                tenant: values[index + 1],
                worker: WorkerID(values[index + 2].text ?? ""),
                epoch: values[index + 3]
            )
        }
    }

    package func now() async throws -> Int64? {
        let reply = try await commands.send(["TIME"])
        guard let parts = reply.array, let seconds = parts.first?.integer,
            let micros = parts.last?.integer
        else {
            throw unexpected([reply])
        }
        return seconds * 1_000 + micros / 1_000
    }

    package func depth() async throws -> DispatchDepth {
        let (_, values) = try await run(DispatchScript.depth, [])
        let numbers = values.map { Int($0.integer ?? 0) }
        guard numbers.count == 4 else { throw unexpected(values) }
        return DispatchDepth(ready: numbers[0], delayed: numbers[1], leased: numbers[2], lost: numbers[3])
    }

    package func tryWrite() async throws { _ = try await run(DispatchScript.tryWrite, []) }

    package func apply(_ policy: DispatchPolicy) async throws {
        self.policy.withLock { $0 = policy }
        let tenants = policy.tenants.sorted { $0.key.rawValue < $1.key.rawValue }.prefix(DispatchPolicy.limit)
        let arguments = tenants.flatMap { tenant, own -> [RedisArgument] in
            let numbers: [Int64] = [
                Int64(own.pause?.rawValue ?? 0), Int64(own.weight), Int64(own.concurrency ?? 0),
                own.rate?.interval ?? 0,
                own.rate?.tolerance ?? 0,
            ]
            return [
                RedisArgument(tenant.rawValue), RedisArgument(numbers.map(String.init).joined(separator: " ")),
            ]
        }
        _ = try await run(DispatchScript.apply, [RedisArgument(policy.pause?.rawValue ?? 0)] + arguments)
    }

    package func standing(of job: JobID) async throws -> DispatchStanding? {
        let (code, values) = try await run(DispatchScript.standing, [RedisArgument(job.rawValue)])
        return code == .nothing ? nil : try DispatchStanding(values)
    }

    package func missing(among jobs: [JobID]) async throws -> [JobID] {
        var missing: [JobID] = []
        for batch in jobs.batches(of: DispatchRules.batch) {
            let (_, values) = try await run(DispatchScript.missing, batch.map { RedisArgument($0.rawValue) })
            missing += values.compactMap { $0.text.map { JobID($0) } }
        }
        return missing
    }

    // MARK: Worker's side

    package func claim(
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration,
        wait: Duration
    ) async throws -> Lease? {
        try await claim(upTo: 1, worker: worker, capabilities: capabilities, lease: lease, wait: wait).first
    }

    package func claim(
        upTo count: Int,
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration,
        wait: Duration
    ) async throws -> [Lease] {
        let deadline = ContinuousClock.now.advanced(by: wait)
        while true {
            try Task.checkCancellation()
            let reply = try await exchange([], count, token(), worker, capabilities, lease)
            if !reply.claimed.isEmpty || count < 1 { return reply.claimed }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return [] }
            await waiter.wait(atMost: min(left, DispatchRules.pollInterval, reply.nextDue ?? .seconds(3600)))
        }
    }

    /// One claim under a token, which a test repeats as if its reply was lost.
    func claim(
        upTo count: Int = 1,
        token: String,
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration
    ) async throws -> [Lease] {
        try await exchange([], count, token, worker, capabilities, lease).claimed
    }

    @discardableResult
    package func finish(_ lease: Lease) async throws -> Bool {
        try await exchange([lease], 0, "", lease.worker, [], .zero).areFinished == [true]
    }

    package func finish(
        _ finished: [Lease],
        andClaimUpTo count: Int,
        worker: WorkerID,
        capabilities: Set<String>,
        lease: Duration
    ) async throws -> (areFinished: [Bool], claimed: [Lease]) {
        var areFinished: [Bool] = []
        var batches = finished.batches(of: DispatchRules.batch)
        let last = batches.popLast() ?? []
        for batch in batches { areFinished += try await exchange(batch, 0, "", worker, [], .zero).areFinished }
        let reply = try await exchange(last, count, token(), worker, capabilities, lease)
        return (areFinished + reply.areFinished, reply.claimed)
    }

    private func exchange(
        _ finished: ArraySlice<Lease>,
        _ count: Int,
        _ token: String,
        _ worker: WorkerID,
        _ capabilities: Set<String>,
        _ length: Duration
    ) async throws -> (areFinished: [Bool], claimed: [Lease], nextDue: Duration?) {
        let offer = try offers.withLock { try $0.text(of: capabilities) }
        var arguments: [RedisArgument] = [
            RedisArgument(worker.rawValue), RedisArgument(length.milliseconds), RedisArgument(token),
            RedisArgument(min(max(count, 0), DispatchRules.batch)), RedisArgument(offer),
            count > 0 && isToBeRemembered(offer) ? 1 : 0,
        ]
        for lease in finished {
            arguments += [RedisArgument(lease.job.rawValue), RedisArgument(lease.epoch.rawValue)]
        }
        let (_, values) = try await run(DispatchScript.exchange, arguments)
        let first = finished.count + 1
        guard values.count >= first, (values.count - first) % 3 == 0 else { throw unexpected(values) }
        let due = values[0].integer ?? -1
        return (
            values[1..<first].map { $0 == .integer(1) },
            try stride(from: first, to: values.count, by: 3).map { index in
                try lease(job: values[index], tenant: values[index + 1], worker: worker, epoch: values[index + 2])
            },
            due < 0 ? nil : .milliseconds(max(due, 1))
        )
    }

    /// What a worker offers is remembered once a second: says so the first time in each.
    private func isToBeRemembered(_ offer: String) -> Bool {
        let now = ContinuousClock.now
        return remembered.withLock { last in
            if let last, last.offer == offer, now - last.at < .seconds(1) { return false }
            last = (offer, now)
            return true
        }
    }

    package func heartbeat(_ leases: [Lease], lease: Duration) async throws -> [HeartbeatReply] {
        var replies: [HeartbeatReply] = []
        for batch in leases.batches(of: DispatchRules.batch) {
            let arguments = batch.flatMap { lease -> [RedisArgument] in
                [
                    RedisArgument(lease.job.rawValue), RedisArgument(lease.worker.rawValue),
                    RedisArgument(lease.epoch.rawValue),
                ]
            }
            let (_, values) = try await run(
                DispatchScript.heartbeat,
                each: [[RedisArgument(lease.milliseconds)] + arguments],
                within: Self.patience(of: lease)
            )[0]
            guard values.count == batch.count else { throw unexpected(values) }
            replies += values.map { value in
                switch value.integer {
                case 1: .held
                case 2: .cancel
                case 3: .pause
                case 4: .drain
                default: .lost
                }
            }
        }
        return replies
    }

    /// A renewal without an answer has to find a connection that is dead while there is time for others.
    private static func patience(of lease: Duration) -> Duration { min(.seconds(5), lease / 4) }

    package func cancellations() async throws -> AsyncStream<JobID> {
        let messages = try await subscriber.messages(on: keys.cancelChannel)
        let (stream, continuation) = AsyncStream.makeStream(of: JobID.self, bufferingPolicy: .bufferingNewest(1024))
        // Not structured: lives as long as whoever reads the stream.
        let task = Task {
            for await message in messages { continuation.yield(JobID(String(decoding: message, as: UTF8.self))) }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    // MARK: Scripts

    private func run(
        _ script: RedisScript,
        _ arguments: [RedisArgument]
    ) async throws -> (code: DispatchReplyCode, values: [RedisValue]) {
        try await run(script, each: [arguments])[0]
    }

    /// Runs a script with each list of arguments, again when a reply was lost with the connection: all of them may be repeated.
    private func run(
        _ script: RedisScript,
        each lists: [[RedisArgument]],
        within limit: Duration = .seconds(5)
    ) async throws -> [(code: DispatchReplyCode, values: [RedisValue])] {
        try await evaluate(script, lists, within: limit).map(read)
    }

    private func read(_ reply: RedisValue) throws -> (code: DispatchReplyCode, values: [RedisValue]) {
        guard let values = reply.array, let code = values.first?.integer.flatMap(DispatchReplyCode.init(rawValue:))
        else {
            throw unexpected([reply])
        }
        guard code != .newerLayout else {
            throw JobQueueError(
                code: .newerLayout,
                message: "The queue at \(commands.address) has layout \(values.last?.integer ?? 0), this program knows "
                    + "\(DispatchKeys.layout): update it, or give it another queue"
            )
        }
        return (code, Array(values.dropFirst()))
    }

    private func evaluate(
        _ script: RedisScript,
        _ lists: [[RedisArgument]],
        within limit: Duration
    ) async throws -> [RedisValue] {
        var lost = 0
        while true {
            do {
                return try await commands.evaluate(
                    script,
                    keys: [keys.meta],
                    common: [RedisArgument(keys.prefix)],
                    each: lists,
                    deadline: limit
                )
            } catch let error as RedisError where error.code == .connectionLost && lost < Self.repetitions {
                lost += 1
            }
        }
    }

    private func lease(job: RedisValue, tenant: RedisValue, worker: WorkerID, epoch: RedisValue) throws -> Lease {
        guard let job = job.text, let tenant = tenant.text, let epoch = epoch.integer else {
            throw unexpected([job, tenant, epoch])
        }
        return Lease(job: JobID(job), tenant: TenantID(tenant), worker: worker, epoch: Epoch(epoch))
    }

    private func unexpected(_ values: [RedisValue]) -> JobQueueError {
        JobQueueError(code: .unexpectedReply, message: "A dispatch script answered \(values)")
    }
}

extension Array {
    /// The elements in runs of at most `count`.
    fileprivate func batches(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}
