import Testing
import Threads

struct TimedSemaphoreTests {
    private let semaphore = TimedSemaphore()
    private let thread = BlockingThread(name: "waits")

    private func wait(atMost limit: Duration) async throws -> Bool {
        try await thread.run { [semaphore] in semaphore.wait(atMost: limit) }
    }

    @Test func `a signal that came before ends one wait at once`() async throws {
        semaphore.signal()
        #expect(try await wait(atMost: .seconds(3600)))
        #expect(try await wait(atMost: .milliseconds(1)) == false)
    }

    @Test func `two threads that wait for each other lose no signal`() async throws {
        let answer = TimedSemaphore()
        let other = BlockingThread(name: "answers")
        async let heard = thread.run { [semaphore] in
            (0..<10_000).allSatisfy { _ in
                answer.signal()
                return semaphore.wait(atMost: .seconds(60))
            }
        }
        let answered = try await other.run { [semaphore] in
            (0..<10_000).allSatisfy { _ in
                semaphore.signal()
                return answer.wait(atMost: .seconds(60))
            }
        }
        let areHeard = try await heard
        #expect(areHeard && answered)
    }

    @Test(arguments: [Duration.zero, .microseconds(1_500), .milliseconds(1_100)])
    func `without a signal it ends when the time is over, not before`(limit: Duration) async throws {
        let begun = ContinuousClock.now
        #expect(try await wait(atMost: limit) == false)
        #expect(ContinuousClock.now - begun >= limit)
    }
}
