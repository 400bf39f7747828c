/// What went over a connection since it was opened.
///
/// Differences of two of them say what an action costs, whatever else the machine does.
package struct CDPTraffic: Sendable, Hashable {
    /// Commands sent.
    package var sent = 0
    /// Their bytes.
    package var sentBytes = 0
    /// Commands that left in a row, without a reply in between: what had to be waited for, one after the other.
    package var waves = 0
    /// Messages that arrived.
    package var received = 0
    /// Their bytes.
    package var receivedBytes = 0
    /// Replies among them; the rest are events.
    package var replies = 0
    /// Events nobody had asked for; their parameters were not read.
    package var droppedEvents = 0

    private var isInWave = false

    package init() {}

    mutating func didSend(_ bytes: Int) {
        sent += 1
        sentBytes += bytes
        if !isInWave { waves += 1 }
        isInWave = true
    }

    mutating func didReceive(_ bytes: Int, isReply: Bool) {
        received += 1
        receivedBytes += bytes
        guard isReply else { return }
        replies += 1
        isInWave = false
    }

    /// What came in addition to an earlier count.
    package static func - (later: CDPTraffic, earlier: CDPTraffic) -> CDPTraffic {
        var difference = CDPTraffic()
        difference.sent = later.sent - earlier.sent
        difference.sentBytes = later.sentBytes - earlier.sentBytes
        difference.waves = later.waves - earlier.waves
        difference.received = later.received - earlier.received
        difference.receivedBytes = later.receivedBytes - earlier.receivedBytes
        difference.replies = later.replies - earlier.replies
        difference.droppedEvents = later.droppedEvents - earlier.droppedEvents
        return difference
    }
}
