import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// Where a command writes: results to one place, everything else to the other.
package struct Terminal: Sendable {
    /// Takes one line of the result.
    package var result: @Sendable (String) -> Void
    /// Takes one line for people.
    package var note: @Sendable (String) -> Void
    /// Whether colours and marks may be used.
    package var isStyled: Bool

    /// A terminal of two closures, for tests.
    package init(
        isStyled: Bool = false,
        result: @escaping @Sendable (String) -> Void,
        note: @escaping @Sendable (String) -> Void
    ) {
        self.result = result
        self.note = note
        self.isStyled = isStyled
    }

    /// Standard output and standard error; colours when the latter is a terminal and `NO_COLOR` is not set.
    package static func standard(_ environment: [String: String]) -> Terminal {
        let wantsColour = environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        return Terminal(
            isStyled: wantsColour && isatty(STDERR_FILENO) == 1,
            result: { write($0, to: STDOUT_FILENO) },
            note: { write($0, to: STDERR_FILENO) }
        )
    }

    /// One write a line, so that lines of several threads do not mix.
    private static func write(_ line: String, to descriptor: Int32) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                // The reader has gone; there is nobody left to tell.
                return
            }
        }
    }
}
