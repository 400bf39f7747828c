/// Removes secrets from every line before the sink behind it sees the line.
package struct RedactingSink: LogSink {
    private let sink: any LogSink
    private let redact: @Sendable (String) -> String

    /// Wraps a sink.
    ///
    /// - Parameter redact: given the message and each metadata value; called on any thread.
    package init(_ sink: any LogSink, redact: @escaping @Sendable (String) -> String) {
        self.sink = sink
        self.redact = redact
    }

    /// What the sink behind it accepts.
    package func accepts(_ level: Logger.Level) -> Bool { sink.accepts(level) }

    /// Passes the line on without secrets.
    package func write(_ line: Logger.Line) {
        var line = line
        line.message = redact(line.message)
        line.metadata = line.metadata.mapValues(redact)
        sink.write(line)
    }
}
