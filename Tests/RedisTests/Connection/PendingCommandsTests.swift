import Testing

@testable import Redis

@Suite struct PendingCommandsTests {
    private func entry(_ word: RedisArgument, deadline: ContinuousClock.Instant = .now + .seconds(5)) async throws
        -> PendingCommands.Entry
    {
        var entry: PendingCommands.Entry?
        _ = try? await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[RedisValue], any Error>) in
            let call = RedisCall(1, continuation)
            call.fail(CancellationError())
            entry = .init(arguments: [word], deadline: deadline, call: call)
        }
        return try #require(entry)
    }

    @Test func `what is still there is taken in order, once`() async throws {
        var pending = PendingCommands()
        for id in UInt64(1)...4 { pending.insert(try await entry(RedisArgument(id)), id: id) }
        _ = pending.remove(2)
        #expect(!pending.hasSent)
        let taken = pending.takeUnsent()
        #expect(taken.map(\.id) == [1, 3, 4])
        #expect(taken.map(\.arguments) == [[1], [3], [4]])
        #expect(pending.hasSent && pending.takeUnsent().isEmpty)
    }

    @Test func `commands that expire while there is no server leave nothing behind`() async throws {
        var pending = PendingCommands()
        let late = ContinuousClock.now
        for id in UInt64(1)...1_000 {
            pending.insert(try await entry("x", deadline: late), id: id)
            #expect(pending.removeExpired(late).count == 1)
            #expect(pending.unsent.count <= 2)
        }
    }
}
