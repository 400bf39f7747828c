/// What stood on the command line.
package struct Arguments: Sendable, Hashable {
    /// Flags, with their dashes.
    package var flags: Set<String> = []
    /// Values of options, by name with dashes.
    package var values: [String: [String]] = [:]
    /// Values of settings, by key.
    package var settings: [String: String] = [:]
    /// The rest.
    package var positionals: [String] = []

    /// The value of an option.
    func value(_ name: String) -> String? { values[name]?.last }
}
