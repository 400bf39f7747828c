/// Why a command cannot go on: what it says and how it ends.
struct HostError: Error, Sendable, CustomStringConvertible {
    let exitCode: ExitCode
    /// What failed, with which value, and what to try.
    let message: String
    var description: String { message }

    init(_ exitCode: ExitCode, _ message: String) {
        self.exitCode = exitCode
        self.message = message
    }
}
