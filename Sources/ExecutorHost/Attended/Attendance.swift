import JSON
import JobModel

#if canImport(Glibc)
    import Glibc
#endif

/// How a person watches a run of a scenario they write.
struct Attendance: Sendable, Hashable {
    /// Whether the browser has windows.
    var isHeaded = false
    /// Between steps.
    var pause = Duration.zero
    /// Whether a failing step waits for a word from the terminal.
    var asksOnError = false

    /// Whether anything is other than in service.
    var isNeeded: Bool { self != Attendance() }

    init() {}

    /// Reads `--headed`, `--slow` and `--pause-on-error`.
    ///
    /// - Throws: `UsageError` that says what is missing.
    init(_ arguments: Arguments, isTerminal: Bool = isatty(STDIN_FILENO) == 1) throws(UsageError) {
        isHeaded = arguments.flags.contains("--headed")
        if let text = arguments.value("--slow") {
            guard let pause = Duration(scenario: .string(text)) else {
                throw UsageError(message: "--slow: '\(text)' is no duration such as 500ms", command: "run")
            }
            self.pause = pause
        }
        asksOnError = arguments.flags.contains("--pause-on-error")
        guard isTerminal || !asksOnError else {
            throw UsageError(
                message:
                    "--pause-on-error asks what to do, but standard input is no terminal; run it from one, or leave it out",
                command: "run"
            )
        }
    }

    /// The variables that lead to a display.
    ///
    /// - Throws: `HostError` that says how to get one.
    static func display(_ environment: [String: String]) throws(HostError) -> [String: String] {
        let names = ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR"]
        var display = environment.filter { names.contains($0.key) && !$0.value.isEmpty }
        guard display["DISPLAY"] != nil || display["WAYLAND_DISPLAY"] != nil else {
            throw HostError(
                .unavailable,
                "--headed needs a display, and neither DISPLAY nor WAYLAND_DISPLAY is set. Run it in a desktop session, or "
                    + "with a display in memory: apt install xvfb, then xvfb-run cpa run --headed …"
            )
        }
        // Only Wayland has its socket there; it belongs to the user and is none of Chromium's business otherwise.
        if display["DISPLAY"] != nil { display["XDG_RUNTIME_DIR"] = nil }
        if display["DISPLAY"] != nil { display["WAYLAND_DISPLAY"] = nil }
        return display
    }
}
