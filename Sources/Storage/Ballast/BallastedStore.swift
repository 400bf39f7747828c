package import JobModel

/// A store that gives up its ballast when the disk is full, and tries the write that met this once more.
///
/// From then on nothing new should be begun until `Ballast.reserve` has the room again: what is free is for what runs.
package struct BallastedStore: Store {
    private let base: any Store
    private let ballast: Ballast

    /// A store on another one.
    package init(_ base: any Store, ballast: Ballast) {
        self.base = base
        self.ballast = ballast
    }

    package func write<R: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> R
    ) async throws -> R {
        do {
            return try await base.write(body)
        } catch let error as StorageError where error.code == .storageFull {
            guard await ballast.giveUp() else { throw error }
            return try await base.write(body)
        }
    }

    package func read<R: Sendable>(_ body: @escaping @Sendable (any StoreSnapshot) throws -> R) async throws -> R {
        try await base.read(body)
    }

    package func check(isTrying: Bool) throws { try base.check(isTrying: isTrying) }

    package func changes(of job: JobID) -> Int { base.changes(of: job) }

    package func checkpoint() async { await base.checkpoint() }

    package func close() async { await base.close() }
}
