/// How a page is printed.
package struct PDFOptions: Sendable, Hashable {
    /// Paper in inches.
    package struct Paper: Sendable, Hashable {
        package var width: Double
        package var height: Double
        package static let a4 = Paper(width: 8.27, height: 11.69)
        package static let a3 = Paper(width: 11.69, height: 16.54)
        package static let a5 = Paper(width: 5.83, height: 8.27)
        package static let letter = Paper(width: 8.5, height: 11)

        package init(width: Double, height: Double) {
            self.width = width
            self.height = height
        }
    }

    package var paper: Paper
    package var isLandscape: Bool
    /// Colours and pictures behind the text.
    package var printsBackground: Bool
    /// On all four sides, in inches.
    package var margin: Double
    package var scale: Double
    /// As `1-3, 5`; all when nil.
    package var pageRanges: String?
    /// Whether the page's own `@page` size wins.
    package var prefersPageSize: Bool

    package init(
        paper: Paper = .a4,
        isLandscape: Bool = false,
        printsBackground: Bool = true,
        margin: Double = 0.4,
        scale: Double = 1,
        pageRanges: String? = nil,
        prefersPageSize: Bool = false
    ) {
        self.paper = paper
        self.isLandscape = isLandscape
        self.printsBackground = printsBackground
        self.margin = margin
        self.scale = scale
        self.pageRanges = pageRanges
        self.prefersPageSize = prefersPageSize
    }
}
