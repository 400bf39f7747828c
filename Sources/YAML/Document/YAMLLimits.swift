/// How large a YAML document may be.
package struct YAMLLimits: Sendable {
    /// Length of the text.
    package var maximumBytes: Int
    /// Mappings and sequences inside each other.
    package var maximumDepth: Int
    /// Values plus bytes of scalars, counted each time an alias repeats them: the bound on "billion laughs".
    package var maximumExpansion: Int

    /// Limits; 4 MiB, 64 levels and 16 million unless set.
    package init(maximumBytes: Int = 4 << 20, maximumDepth: Int = 64, maximumExpansion: Int = 16 << 20) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
        self.maximumExpansion = maximumExpansion
    }
}
