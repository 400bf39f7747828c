/// A structured logger: a constant message plus metadata, handed down explicitly.
///
/// Derive one a job, step or request with `with(_:_:)`, so that every line carries its ids. No I/O happens here: the sink
/// decides (stderr, memory, nothing). Secrets are redacted by the sink's wrapper in the host, not by callers.
package struct Logger: Sendable {
    /// How grave a line is; nothing above `debug` on the happy path except job started and finished.
    package enum Level: String, Sendable, Comparable, CaseIterable {
        case trace, debug, info, warning, error

        package static func < (lhs: Level, rhs: Level) -> Bool {
            let order = Level.allCases
            return (order.firstIndex(of: lhs) ?? 0) < (order.firstIndex(of: rhs) ?? 0)
        }
    }

    /// One line, ready to be written.
    package struct Line: Sendable {
        package var level: Level
        package var message: String
        package var metadata: [String: String]

        /// A line; usually made by `Logger.log`.
        package init(level: Level, message: String, metadata: [String: String]) {
            self.level = level
            self.message = message
            self.metadata = metadata
        }
    }

    private let sink: any LogSink
    /// What every line of this logger carries: `job`, `tenant`, `step`, `request`, `component`.
    package private(set) var metadata: [String: String]

    /// A logger that writes to `sink`.
    package init(sink: any LogSink, metadata: [String: String] = [:]) {
        self.sink = sink
        self.metadata = metadata
    }

    /// A logger that drops everything.
    package static let silent = Logger(sink: SilentSink())

    /// The same logger with one more metadata entry on every line.
    package func with(_ key: String, _ value: String) -> Logger {
        var copy = self
        copy.metadata[key] = value
        return copy
    }

    /// Writes one line; `metadata` is evaluated only when the sink wants the level.
    package func log(_ level: Level, _ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]) {
        guard sink.accepts(level) else { return }
        let merged = self.metadata.merging(metadata()) { _, new in new }
        sink.write(Line(level: level, message: "\(message)", metadata: merged))
    }

    package func debug(_ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]) {
        log(.debug, message, metadata())
    }

    package func info(_ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]) {
        log(.info, message, metadata())
    }

    package func warning(_ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]) {
        log(.warning, message, metadata())
    }

    package func error(_ message: StaticString, _ metadata: @autoclosure () -> [String: String] = [:]) {
        log(.error, message, metadata())
    }
}

/// Where log lines go; called from any thread, must not block for long.
package protocol LogSink: Sendable {
    /// Whether lines of this level are wanted at all.
    func accepts(_ level: Logger.Level) -> Bool
    /// Takes one line.
    func write(_ line: Logger.Line)
}

private struct SilentSink: LogSink {
    func accepts(_ level: Logger.Level) -> Bool { false }
    func write(_ line: Logger.Line) {}
}
