/// How a page is printed.
package struct PDFOptions: Sendable, Hashable {
    /// Paper in inches.
    package struct Paper: Sendable, Hashable {
        package var width: Double
        package var height: Double
        package static let a3 = Paper(width: 11.69, height: 16.54)
        package static let a4 = Paper(width: 8.27, height: 11.69)
        package static let a5 = Paper(width: 5.83, height: 8.27)
        package static let letter = Paper(width: 8.5, height: 11)
        package static let legal = Paper(width: 8.5, height: 14)

        package init(width: Double, height: Double) {
            self.width = width
            self.height = height
        }
    }

    /// White at the edges, in inches.
    package struct Margins: Sendable, Hashable {
        package var top: Double
        package var right: Double
        package var bottom: Double
        package var left: Double

        package init(top: Double, right: Double, bottom: Double, left: Double) {
            self.top = top
            self.right = right
            self.bottom = bottom
            self.left = left
        }

        /// The same on all sides.
        package init(all side: Double) { self.init(top: side, right: side, bottom: side, left: side) }
    }

    package var paper = Paper.a4
    package var isLandscape = false
    /// Colours and pictures behind the text.
    package var printsBackground = true
    package var margins = Margins(all: 0.4)
    /// 0.1 to 2.
    package var scale = 1.0
    /// As `1-3, 5`; all when nil.
    package var pageRanges: String?
    /// HTML at the top of every page; classes `date`, `title`, `url`, `pageNumber`, `totalPages` are filled in.
    package var header: String?
    /// HTML at the bottom of every page.
    package var footer: String?
    /// Whether the page's own `@page` size wins.
    package var prefersPageSize = false
    /// Whether headings become the document's outline.
    package var hasOutline = false
    /// Whether the structure is kept for screen readers.
    package var isTagged = true
    /// Texts that must not be seen, in fields, texts, links or the title; what was filled in as a secret is left out anyway.
    package var secrets: [String] = []

    package init() {}
}
