import BrowserAutomation

/// The frames and captions of a recording; bounded: when there is too much, every second frame goes, so that what is left
/// still shows the whole job, only coarser.
///
/// Pure.
struct RecordingLog: Sendable {
    static let captionLimit = 1000

    /// Bytes of frames.
    let limit: Int
    private(set) var frames: [RecordedFrame] = []
    private(set) var captions: [RecordingCaption] = []
    private(set) var droppedFrames = 0
    private var heldBytes = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func add(_ frame: RecordedFrame) {
        frames.append(frame)
        heldBytes += frame.base64.utf8.count
        while heldBytes > limit, frames.count > 1 { thin() }
    }

    mutating func add(_ caption: RecordingCaption) {
        captions.append(caption)
        if captions.count > Self.captionLimit { captions.removeFirst() }
    }

    /// The newest frame stays: it is what the job ended with.
    private mutating func thin() {
        let parity = (frames.count - 1) % 2
        let kept = frames.enumerated().filter { $0.offset % 2 == parity }.map(\.element)
        droppedFrames += frames.count - kept.count
        frames = kept
        heldBytes = kept.reduce(0) { $0 + $1.base64.utf8.count }
    }
}
