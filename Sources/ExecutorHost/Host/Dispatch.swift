import EventLoops
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
    private let queue: String
    private let logger: Logger

    /// - Parameters:
    ///   - url: of Redis; nil for an index in memory.
    ///   - queue: jobs of one queue are shared by everyone who names it.
    ///   - mayBeAway: whether a Redis that cannot be reached is no error; the index connects by itself when it is back.
    /// - Throws: `HostError` when Redis does not answer.
    init(url: String?, queue: String, mayBeAway: Bool = false, logger: Logger) async throws {
        self.queue = queue
        self.logger = logger
        guard let url else {
            (index, isVolatile, address) = (InMemoryDispatchIndex(), true, nil)
            return
        }
        let address: RedisAddress
        do {
            address = try RedisAddress(url: url)
        } catch {
            throw HostError(.usage, "redis_url: \(error)")
        }
        let loop = EventLoop(name: "cpa-redis")
        let index: RedisDispatchIndex
        do {
            index = try RedisDispatchIndex(queue: queue, at: address, on: loop, logger: logger)
        } catch let error as JobQueueError {
            await loop.shutdown()
            throw HostError(.usage, "\(Setting.queue.key): \(error.message)")
        }
        do {
            try await index.connect()
        } catch let error as RedisError where mayBeAway && Self.isAway(error) {
            logger.warning("Redis is away: jobs are accepted and wait until it is back", ["error": error.message])
        } catch {
            await index.close()
            await loop.shutdown()
            throw HostError(.unavailable, "Redis at \(address) does not answer: \(error)")
        }
        (self.index, isVolatile, self.address) = (index, false, address)
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

    /// Closes the connections of `index`; the loop ends with the process.
    func close() async { await index.close() }
}
