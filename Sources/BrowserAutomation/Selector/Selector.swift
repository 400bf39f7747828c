/// Names elements of a page: parts chained by `>>`, each narrowing or descending from what the parts before found.
///
/// `SelectorParser` documents the grammar. A selector is parsed on the host and evaluated by the in-page agent.
package struct Selector: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    package let source: String
    /// Its parts, in order; at least one.
    package let parts: [SelectorPart]
    /// The text of each part.
    package let partSources: [String]

    /// Parses a selector.
    package init(_ source: String) throws(SelectorError) {
        var parser = SelectorParser(source)
        (parts, partSources) = try parser.parse()
        self.source = source
    }

    /// As it was written.
    package var description: String { source }
}
