import SQLite
import Synchronization

extension SQLiteWriter {
    /// Runs `body` while a write holds the writer's thread, until `body` lets go of it.
    func whileHeld<R>(_ body: (_ letGo: @Sendable () -> Void) async throws -> R) async throws -> R {
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let gate = Mutex(false)
        async let holding: Void = write { _ in
            enter.finish()
            while !gate.withLock({ $0 }) {}
        }
        for await _ in entered {}
        let result = try await body { gate.withLock { $0 = true } }
        try await holding
        return result
    }
}
