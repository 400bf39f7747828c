import Synchronization
package import Telemetry

/// Keeps log lines for a test to look at.
package final class MemoryLogSink: LogSink {
    private let kept = Mutex<[Logger.Line]>([])
    private let level: Logger.Level

    /// A sink that keeps lines of `level` and above.
    package init(level: Logger.Level = .trace) { self.level = level }

    /// Whether the level is kept.
    package func accepts(_ level: Logger.Level) -> Bool { level >= self.level }
    /// Keeps the line.
    package func write(_ line: Logger.Line) { kept.withLock { $0.append(line) } }
    /// The lines so far.
    package var lines: [Logger.Line] { kept.withLock { $0 } }
    /// Everything written so far as one text, for "contains no secret" checks.
    package var text: String {
        lines.map { line in
            ([line.message] + line.metadata.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
        }.joined(separator: "\n")
    }
}
