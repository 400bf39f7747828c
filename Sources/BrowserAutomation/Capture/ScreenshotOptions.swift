/// How a picture of a page is taken.
package struct ScreenshotOptions: Sendable, Hashable {
    package enum Format: Sendable, Hashable {
        case png
        /// Quality 0…100.
        case jpeg(quality: Int)
        /// Quality 0…100.
        case webp(quality: Int)

        package var contentType: String { "image/\(word)" }
        /// Of file names.
        package var ending: String { self == .png || word == "webp" ? word : "jpg" }

        private var word: String {
            switch self {
            case .png: "png"
            case .jpeg: "jpeg"
            case .webp: "webp"
            }
        }
    }

    package enum Area: Sendable, Hashable {
        case viewport
        /// The whole document.
        case fullPage
        /// A part of the document, in CSS pixels from its top left corner.
        case clip(Rectangle)
    }

    /// What a pixel of the picture is.
    package enum Scale: String, Sendable, CaseIterable {
        /// A CSS pixel of the page.
        case css
        /// A pixel of the page's screen: the viewport's scale counts.
        case device
    }

    package var format: Format
    package var area: Area
    package var scale = Scale.device
    /// Elements that must not be seen.
    package var masks: [Selector] = []
    /// A CSS colour for their place.
    package var maskColor: String?
    /// Texts that must not be seen, in fields or as text; what was filled in as a secret is covered anyway.
    package var secrets: [String] = []
    /// Finite animations go to their end and stay there, endless ones to their beginning until the picture is taken.
    package var stopsAnimations = true
    package var hidesCaret = true
    /// Transparent instead of white where the page has no background; not for jpeg.
    package var omitsBackground = false
    /// CSS that holds while the picture is taken.
    package var style: String?
    /// The page is printed: what must not be seen is left out, for text under a cover stays in a PDF.
    var isForPrint = false

    package init(format: Format = .png, area: Area = .viewport) {
        self.format = format
        self.area = area
    }

    /// The page as it is, without these texts and what was filled in as a secret.
    static func print(without secrets: [String]) -> ScreenshotOptions {
        var options = ScreenshotOptions()
        options.secrets = secrets
        options.stopsAnimations = false
        options.hidesCaret = false
        options.isForPrint = true
        return options
    }
}
