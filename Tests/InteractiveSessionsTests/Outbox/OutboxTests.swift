import Testing

@testable import InteractiveSessions

@Suite struct OutboxTests {
    private func drained(_ outbox: Outbox) -> [String] {
        var outbox = outbox
        var all: [String] = []
        while let message = outbox.next(gap: { Array("gap \($0)".utf8) }) {
            all.append(String(decoding: message, as: UTF8.self))
        }
        #expect(outbox.isEmpty && outbox.bytes == 0)
        return all
    }

    @Test func `messages leave in the order they came`() {
        var outbox = Outbox(limit: 10)
        for text in ["a", "b"] {
            outbox.add(Array(text.utf8))
            outbox.add(event: Array("event \(text)".utf8))
        }
        #expect(outbox.bytes == 16)
        #expect(drained(outbox) == ["a", "event a", "b", "event b"])
    }

    @Test func `events beyond the limit become a gap where they were, replies and what must be told do not`() {
        var outbox = Outbox(limit: 2)
        for number in 1...4 { outbox.add(event: Array("event \(number)".utf8)) }
        outbox.add(Array("reply".utf8))
        outbox.add(event: Array("event 5".utf8))
        outbox.add(event: Array("crash".utf8), isDroppable: false)
        #expect(drained(outbox) == ["event 1", "event 2", "gap 2", "reply", "gap 1", "crash"])
    }

    @Test func `there is room again for what was sent`() {
        var outbox = Outbox(limit: 1)
        outbox.add(event: Array("one".utf8))
        _ = outbox.next(gap: { _ in [] })
        outbox.add(event: Array("two".utf8))
        #expect(drained(outbox) == ["two"])
    }
}
