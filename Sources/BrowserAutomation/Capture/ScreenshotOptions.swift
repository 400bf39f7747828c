/// How a picture of a page is taken.
package struct ScreenshotOptions: Sendable, Hashable {
    package enum Format: Sendable, Hashable {
        case png
        /// Quality 0…100.
        case jpeg(quality: Int)

        package var contentType: String {
            switch self {
            case .png: "image/png"
            case .jpeg: "image/jpeg"
            }
        }
    }

    package enum Area: Sendable, Hashable {
        case viewport
        /// The whole document, cut at 16,384 CSS pixels and 40 million device pixels.
        case fullPage
        /// A part of the document, in CSS pixels from its top left corner.
        case clip(Rectangle)
    }

    package var format: Format
    package var area: Area

    package init(format: Format = .png, area: Area = .viewport) {
        self.format = format
        self.area = area
    }
}

/// A rectangle in CSS pixels.
package struct Rectangle: Sendable, Hashable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    package init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// A picture of a page.
package struct Screenshot: Sendable {
    package var bytes: [UInt8]
    package var contentType: String
    /// The document was larger than the limit; its lower part is missing.
    package var isCut: Bool
}
