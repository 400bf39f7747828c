import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// Where a command writes: results to one place, everything else to the other.
///
/// What is written may come from a page, a mail or another user. All of it passes here, and nothing in it can move the
/// cursor, colour the screen, or begin a line: `String.visible` shows such characters.
package struct Terminal: Sendable {
    private let put: @Sendable (_ line: String, _ isResult: Bool) -> Void
    private let isStyled: Bool

    /// A terminal of two closures, for tests.
    package init(
        isStyled: Bool = false,
        result: @escaping @Sendable (String) -> Void,
        note: @escaping @Sendable (String) -> Void
    ) {
        put = { $1 ? result($0) : note($0) }
        self.isStyled = isStyled
    }

    /// Writes one line of the result.
    func result(_ line: String) { put(line.visible, true) }

    /// Writes a text of the result that has line breaks of the program's own.
    func result(text: String) { put(text.visibleLines, true) }

    /// Writes one line for people.
    func note(_ line: String) { put(line.visible, false) }

    /// Writes one line for people, in colours where the terminal has them.
    func note(_ line: StyledLine) { put(line.text(isStyled: isStyled), false) }

    /// Writes a text for people that has line breaks of the program's own.
    func note(text: String) { put(text.visibleLines, false) }

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
