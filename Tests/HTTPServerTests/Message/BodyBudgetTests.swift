import EventLoops
import TestSupport
import Testing

@testable import HTTPServer

/// Bodies of all connections together, in memory.
@Suite struct BodyBudgetTests {
    @Test func `a body counts what is above its first 64 KiB, until its request is gone`() {
        let budget = BodyBudget(limit: 100)
        var first: BodyShare? = BodyShare(of: budget)
        #expect(first?.take(BodyShare.free) == true && budget.count == 0)
        #expect(first?.take(60) == true && budget.count == 60)
        let second = BodyShare(of: budget)
        #expect(second.take(BodyShare.free + 40) && budget.count == 100)
        #expect(!second.take(1) && first?.take(1) == false && budget.count == 100)
        first = nil
        #expect(budget.count == 40 && second.take(60))
    }

    @Test func `an owner gets no more than it leaves free, and another still finds room`() {
        let budget = BodyBudget(limit: 100)
        // All that is taken from here on is counted.
        func body(of owner: String?) -> BodyShare {
            let share = BodyShare(of: budget, for: owner)
            #expect(share.take(BodyShare.free))
            return share
        }
        var first: BodyShare? = body(of: "a")
        let (second, other, nobodys) = (body(of: "a"), body(of: "b"), body(of: nil))
        #expect(first?.take(30) == true && second.take(20))
        #expect(!second.take(1) && first?.take(1) == false && budget.count == 50)
        #expect(other.take(25) && !other.take(1) && budget.count == 75)
        #expect(nobodys.take(25) && !nobodys.take(1) && budget.count == 100)
        first = nil
        #expect(budget.count == 70 && other.take(2) && !other.take(1))
        #expect(second.take(4) && !second.take(1) && budget.count == 76)
    }

    @Test func `who finds no room is told to come back, the connection ends, and small bodies go on`() async throws {
        var settings = HTTPListenerSettings()
        settings.bodyBudget = 200_000
        try await TestServer.with(settings) { server in
            func head(_ length: Int) -> String { "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n" }
            let budget = server.listener.bodies
            let holder = try await server.client()
            await holder.send(head(300_000) + String(repeating: "a", count: 250_000))
            while budget.count < 250_000 - BodyShare.free { try await server.loop.sleep(for: .milliseconds(1)) }
            let refused = try await server.client()
            await refused.send(head(300_000) + String(repeating: "b", count: 200_000))
            let answer = await refused.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 503"))
            #expect(answer.contains("\r\nRetry-After: 1\r\n") && answer.contains("\r\nConnection: close\r\n"))
            await refused.close()
            let small = try await server.client()
            await small.send(head(60_000) + String(repeating: "c", count: 60_000))
            #expect(await small.receive(until: "ccc").hasPrefix("HTTP/1.1 200"))
            await small.close()
            await holder.send(String(repeating: "a", count: 50_000))
            _ = await holder.receive(until: "aaa")
            await holder.close()
            while budget.count > 0 { try await server.loop.sleep(for: .milliseconds(1)) }
        }
    }
}
