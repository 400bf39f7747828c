/// Something that may cover a page at any time, such as a cookie banner, and how it is closed.
package struct Overlay: Sendable, Hashable {
    /// What closes it.
    package enum Remedy: Sendable, Hashable {
        /// A click on an element of the page.
        case click(Selector)
        /// A key or a chord.
        case press(KeyChord)
        /// Nothing of the page's own: it is taken out of sight.
        case hide
    }

    /// Most often on one page, unless said otherwise.
    package static let defaultTimes = 10

    /// What covers the page while it is visible.
    package var selector: Selector
    package var remedy: Remedy
    /// How often it is closed on one page; afterwards it is left alone.
    package var times: Int

    package init(_ selector: Selector, _ remedy: Remedy, times: Int = Self.defaultTimes) {
        self.selector = selector
        self.remedy = remedy
        self.times = times
    }
}
