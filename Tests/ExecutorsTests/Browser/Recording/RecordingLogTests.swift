import BrowserAutomation
import JobModel
import Testing

@testable import Executors

@Suite struct RecordingLogTests {
    private let start = ContinuousClock.now

    private func frame(_ number: Int, size: Int = 10) -> RecordedFrame {
        RecordedFrame(base64: String(repeating: "x", count: size), time: start + .milliseconds(200 * number))
    }

    private func times(_ log: RecordingLog) -> [Int64] { log.frames.map { ($0.time - start).milliseconds / 200 } }

    @Test func `too much is thinned out over the whole length, and the newest stays`() {
        var log = RecordingLog(limit: 50)
        for number in 0..<6 { log.add(frame(number)) }
        #expect(times(log) == [1, 3, 5])
        #expect(log.droppedFrames == 3)
        for number in 6..<9 { log.add(frame(number)) }
        #expect(times(log) == [3, 6, 8])
        #expect(log.droppedFrames == 6)
    }

    @Test func `one frame is kept, whatever it takes`() {
        var log = RecordingLog(limit: 50)
        log.add(frame(0))
        log.add(frame(1, size: 500))
        #expect(times(log) == [1])
        log.add(frame(2))
        #expect(times(log) == [2])
    }

    @Test func `captions are bounded`() {
        var log = RecordingLog(limit: 50)
        for number in 0...RecordingLog.captionLimit { log.add(RecordingCaption(text: "\(number)", time: start)) }
        #expect(log.captions.count == RecordingLog.captionLimit)
        #expect(log.captions.first?.text == "1")
    }
}
