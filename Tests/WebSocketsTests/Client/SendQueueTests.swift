import Testing

@testable import WebSockets

@Suite struct SendQueueTests {
    @Test func `messages come out in order, and the loop is woken once for all that wait`() {
        var queue = SendQueue(limit: 1_000_000)
        #expect(queue.push([0]) == .queued(mustWake: true))
        for number in 1..<2000 { #expect(queue.push([UInt8(truncatingIfNeeded: number)]) == .queued(mustWake: false)) }
        for number in 0..<2000 {
            let next = queue.pop()
            #expect(next?.message == [UInt8(truncatingIfNeeded: number)] && next?.hasMore == (number < 1999))
        }
        let end = queue.pop()
        #expect(end == nil && queue.bytes == 0)
        #expect(queue.push([1]) == .queued(mustWake: true))
    }

    @Test func `the limit counts bytes, and a single longer message passes`() {
        var queue = SendQueue(limit: 10)
        #expect(queue.push([UInt8](repeating: 0, count: 50)) == .queued(mustWake: true))
        #expect(queue.push([1]) == .full(queuedBytes: 50))
        _ = queue.pop()
        #expect(queue.push([UInt8](repeating: 0, count: 6)) == .queued(mustWake: true))
        #expect(queue.push([UInt8](repeating: 0, count: 4)) == .queued(mustWake: false))
        #expect(queue.push([1]) == .full(queuedBytes: 10))
    }

    @Test func `a closed queue takes and gives nothing`() {
        var queue = SendQueue(limit: 10)
        _ = queue.push([1])
        queue.close()
        #expect(queue.push([2]) == .closed)
        let next = queue.pop()
        #expect(next == nil)
    }
}
