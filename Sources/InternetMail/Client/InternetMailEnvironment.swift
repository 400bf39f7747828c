package import EventLoops
import FoundationEssentials
package import HTTPClient
package import Telemetry

/// Time, threads and proofs of the client, replaced in tests.
package struct InternetMailEnvironment: Sendable {
    /// A clock that never goes back.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Waits; throws `CancellationError` when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// Runs what blocks, off the cooperative pool.
    package var blocking: @Sendable (@escaping @Sendable () throws -> Void) async throws -> Void
    /// How a mailbox is proved to the server; asked for every exchange, because tokens end.
    package var proof: @Sendable (_ mailbox: String) async throws -> MailTransferRequest.Proof
    /// Seconds since 1970, for the date of a mail.
    package var unixTime: @Sendable () -> Int64
    /// Where warnings go.
    package var logger: Logger

    /// The real one: waits and blocks by a loop.
    package static func on(
        _ loop: EventLoop,
        logger: Logger = .silent,
        proof: @escaping @Sendable (_ mailbox: String) async throws -> MailTransferRequest.Proof
    ) -> InternetMailEnvironment {
        InternetMailEnvironment(
            now: { .now },
            sleep: { try await loop.sleep(for: $0) },
            blocking: { work in try await loop.runBlocking { try work() } },
            proof: proof,
            unixTime: { Int64(Date().timeIntervalSince1970) },
            logger: logger
        )
    }
}
