/// One step of a selector.
package indirect enum SelectorPart: Sendable, Hashable {
    /// CSS; open shadow roots are pierced.
    case css(String)
    /// XPath 1.0; relative to what was found before.
    case xpath(String)
    /// The smallest elements with this text.
    case text(TextMatch)
    /// By ARIA role, accessible name and states.
    case role(RoleQuery)
    /// Controls by one of their labels.
    case label(TextMatch)
    /// By placeholder text.
    case placeholder(TextMatch)
    /// By `data-testid` (also `data-test-id`, `data-test`), or the attribute of `PageOptions.testIDAttribute`.
    case testID(TextMatch)
    /// Images by alternative text.
    case alt(TextMatch)
    /// By title attribute.
    case title(TextMatch)
    /// The one at this place, from 0; negative counts from the end.
    case nth(Int)
    /// Keeps elements with this text anywhere inside.
    case hasText(TextMatch)
    /// Keeps elements without this text anywhere inside.
    case hasNotText(TextMatch)
    /// Keeps elements that contain a match of the inner selector.
    case has([SelectorPart])
    /// Keeps elements that contain no match of the inner selector.
    case hasNot([SelectorPart])
    /// Keeps elements the inner selector finds too.
    case and([SelectorPart])
    /// Adds what the inner selector finds.
    case or([SelectorPart])
    /// Keeps visible (or invisible) elements.
    case visible(Bool)
    /// Goes on inside the one frame the inner selector names.
    case frame([SelectorPart])
}
