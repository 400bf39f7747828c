import EventLoops
import JobModel
import JobQueue
import Redis
import Telemetry

/// The dispatch indexes of a process: in memory, or in Redis with connections of their own for renewals.
final class Dispatch: Sendable {
    /// For claims and for the scheduler.
    let index: any DispatchIndex
    /// Whether the index ends with the process.
    let isVolatile: Bool
    private let address: RedisAddress?
    private let redis: RedisDispatchIndex?
    /// Whether Redis was there at the start.
    private let isConnected: Bool
    private let queue: String
    private let logger: Logger
    /// How long a queue stays whose service ended without giving it back, and how often the service says that it is there.
    private static let (ownership, renewal) = (Duration.seconds(10), Duration.seconds(3))

    /// - Parameters:
    ///   - url: of Redis; nil for an index in memory.
    ///   - queue: jobs of one queue are shared by everyone who names it.
    ///   - mayBeAway: whether a Redis that cannot be reached is no error; the index connects by itself when it is back.
    /// - Throws: `HostError` when a setting makes no sense, or Redis does not answer.
    init(url: String?, queue: String, mayBeAway: Bool = false, logger: Logger) async throws {
        try Dispatch.check(queue: queue)
        self.queue = queue
        self.logger = logger
        guard let url else {
            (index, isVolatile, address, redis, isConnected) = (InMemoryDispatchIndex(), true, nil, nil, false)
            return
        }
        let address: RedisAddress
        do {
            address = try RedisAddress(url: url)
        } catch {
            throw HostError(.usage, "redis_url: \(error)")
        }
        let loop = EventLoop(name: "cpa-redis")
        let index = try RedisDispatchIndex(queue: queue, at: address, on: loop, logger: logger)
        var isConnected = false
        do {
            try await index.connect()
            isConnected = true
        } catch let error as RedisError where mayBeAway && Self.isAway(error) {
            logger.warning("Redis is away: jobs are accepted and wait until it is back", ["error": error.message])
        } catch {
            await index.close()
            await loop.shutdown()
            throw HostError(.unavailable, "Redis at \(address) does not answer: \(error)")
        }
        (self.index, isVolatile, self.address, redis) = (index, false, address, index)
        self.isConnected = isConnected
    }

    /// - Throws: `HostError` when a queue cannot be called that.
    static func check(queue: String) throws(HostError) {
        do throws(JobQueueError) {
            try RedisDispatchIndex.check(queue: queue)
        } catch {
            throw HostError(.usage, "\(Setting.queue.key): \(error.message)")
        }
    }

    /// Whether it may be there later as it is; a wrong password, or a newer layout, needs somebody.
    private static func isAway(_ error: RedisError) -> Bool {
        error.code == .couldNotConnect || error.code == .connectionLost || error.code == .timeout
    }

    /// The index for renewals: the same in memory, one with its own connection in Redis.
    func heartbeat(on loop: EventLoop) throws -> any DispatchIndex {
        guard let address else { return index }
        return try RedisDispatchIndex(queue: queue, at: address, on: loop, logger: logger)
    }

    // MARK: Ownership

    /// Takes the queue for the database of `owner`; waits for one that ended without giving it back.
    ///
    /// - Throws: `HostError` when another service uses it.
    func own(by owner: String) async throws {
        // What cannot be asked now is asked by `keepOwned`.
        guard let redis, let address, isConnected else { return }
        let end = ContinuousClock.now + Self.ownership + .seconds(1)
        var isWaiting = false
        while let other = try? await redis.own(by: owner, for: Self.ownership) {
            guard .now < end else {
                throw HostError(
                    .usage,
                    "\(Setting.queue.key): the queue '\(queue)' at \(address) is that of \(other); give this service "
                        + "one of its own (--queue or CPA_QUEUE, its workers too), or end the other"
                )
            }
            if !isWaiting { logger.warning("The queue is another's: waiting for its end", ["owner": other]) }
            isWaiting = true
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Keeps it until the task is cancelled, and gives it back then.
    func keepOwned(by owner: String) async {
        guard let redis else { return }
        var known: String?
        while (try? await Task.sleep(for: Self.renewal)) != nil {
            guard let other = try? await redis.own(by: owner, for: Self.ownership) else {
                known = nil
                continue
            }
            guard other != known else { continue }
            known = other
            logger.error(
                "Another service uses this queue: each takes the other's jobs",
                [
                    "owner": other,
                    "remedy": "give one of them a queue of its own: --queue or CPA_QUEUE, its workers too",
                ]
            )
        }
        // Not structured: giving it back is not cancelled with keeping it.
        await Task { _ = try? await redis.own(by: owner, for: .zero) }.value
    }

    /// Ends a queue that was one job's alone: nothing of it stays in Redis.
    ///
    /// A Redis that is away forgets it by itself, after some weeks.
    func erase(_ job: JobID) async {
        do {
            try await index.erase([job])
        } catch { logger.warning("The queue of the job stays in Redis", ["job": job.rawValue, "error": "\(error)"]) }
    }

    /// Closes the connections of `index`; the loop ends with the process.
    func close() async { await index.close() }
}
