/// A picture of a page, in memory.
package struct Screenshot: Sendable {
    package var bytes: [UInt8]
    package var contentType: String
    /// The area was larger than the limit; its lower or right part is missing.
    package var isCut: Bool
}

/// Pictures of a page in files: one, unless the format cannot be stitched and the area is too large for one.
package struct StoredPicture: Sendable {
    package var paths: [String]
    package var format: ScreenshotOptions.Format
    /// The area was larger than the limit; its lower or right part is missing.
    package var isCut: Bool
}
