import EventLoops
import NetworkPolicy
import Testing
import Threads

@testable import EgressProxy

@Suite(.timeLimit(.minutes(1))) struct SystemResolverTests {
    @Test func `names that nobody answers for hold up neither files nor other names`() async throws {
        let count = 8
        let silence = TimedSemaphore()
        let (begun, begin) = AsyncStream.makeStream(of: String.self)
        let resolver = SystemResolver { name in
            begin.yield(name)
            if name != "answered.test" { _ = silence.wait(atMost: .seconds(120)) }
            return [.constant("192.0.2.1")]
        }
        let lookUps = (0..<count).map { number in Task { await resolver.addresses(of: "silent\(number).test") } }
        var names = begun.makeAsyncIterator()
        for _ in 0..<count { _ = await names.next() }
        #expect(await resolver.addresses(of: "answered.test") == [.constant("192.0.2.1")])
        let loop = EventLoop(name: "test")
        try await loop.runBlocking {}
        await loop.shutdown()
        for _ in 0..<count { silence.signal() }
        for lookUp in lookUps { #expect(await lookUp.value.count == 1) }
    }

    @Test func `more names than there are threads are found in the end`() async {
        let resolver = SystemResolver { _ in [.constant("192.0.2.1")] }
        let found = await withTaskGroup(of: Int.self) { group in
            for number in 0..<100 { group.addTask { await resolver.addresses(of: "n\(number).test").count } }
            var found = 0
            for await count in group { found += count }
            return found
        }
        #expect(found == 100)
    }

    @Test func `the machine's own names are known`() async {
        let addresses = await SystemResolver().addresses(of: "localhost")
        #expect(addresses.contains(.constant("127.0.0.1")))
    }
}
