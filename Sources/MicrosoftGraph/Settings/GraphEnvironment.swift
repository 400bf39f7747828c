import Cryptography
package import EventLoops
import FoundationEssentials
package import Telemetry

/// Time, ids and logs of the client, replaced in tests.
package struct GraphEnvironment: Sendable {
    /// A clock that never goes back.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Seconds since 1970, as the identity platform's clock has them.
    package var unixTime: @Sendable () -> Int64
    /// Waits; throws `CancellationError` when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// Reads a small file.
    package var readFile: @Sendable (String) throws -> [UInt8]
    /// A new GUID for `client-request-id`.
    package var makeID: @Sendable () -> String
    /// Where warnings go.
    package var logger: Logger
    /// The loop the requests go by, where a mail is sent from: each hop to another thread and back costs about what there is to
    /// do between two requests. Nil sends from the cooperative pool.
    package var loop: EventLoop?

    /// An environment of the parts given.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        unixTime: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) },
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        readFile: @escaping @Sendable (String) throws -> [UInt8],
        makeID: @escaping @Sendable () -> String = RandomUUID.text,
        logger: Logger = .silent,
        loop: EventLoop? = nil
    ) {
        self.now = now
        self.unixTime = unixTime
        self.sleep = sleep
        self.readFile = readFile
        self.makeID = makeID
        self.logger = logger
        self.loop = loop
    }

    /// Runs what would hold up the loop, or the cooperative pool.
    func aside<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        guard let loop else { return try body() }
        return try await loop.runBlocking(body)
    }

    /// The real one: waits by timers of a loop.
    package static func on(_ loop: EventLoop, logger: Logger = .silent) -> GraphEnvironment {
        GraphEnvironment(
            sleep: { try await loop.sleep(for: $0) },
            readFile: { Array(try Data(contentsOf: URL(filePath: $0))) },
            logger: logger,
            loop: loop
        )
    }
}
