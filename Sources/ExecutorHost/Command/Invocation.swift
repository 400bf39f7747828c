/// A command about to run: its arguments, the settings, and where it writes.
package struct Invocation: Sendable {
    package var arguments: Arguments
    package var configuration: Configuration
    package var terminal: Terminal
    /// The process's environment.
    package var environment: [String: String]

    /// Whether JSON lines are wanted.
    var isJSON: Bool { arguments.flags.contains("--json") }
}
