/// What a page looked like at one moment.
package struct RecordedFrame: Sendable {
    /// A JPEG in Base64, as Chromium sends it.
    package var base64: String
    /// When it came.
    package var time: ContinuousClock.Instant

    package init(base64: String, time: ContinuousClock.Instant) {
        (self.base64, self.time) = (base64, time)
    }
}
