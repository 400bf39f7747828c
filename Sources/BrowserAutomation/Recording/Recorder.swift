/// Who keeps the frames of a page.
///
/// Both closures are called on the browser's loop and must not block.
package struct Recorder: Sendable {
    /// Texts no frame may show.
    package var secrets: @Sendable () -> [String]
    package var take: @Sendable (RecordedFrame) -> Void

    package init(secrets: @escaping @Sendable () -> [String], take: @escaping @Sendable (RecordedFrame) -> Void) {
        (self.secrets, self.take) = (secrets, take)
    }
}
