package import Telemetry

/// A sink that removes secrets from every line before another one writes it.
package struct RedactingLogSink: LogSink {
    private let sink: any LogSink
    private let redactor: @Sendable () -> Redactor

    /// - Parameter redactor: asked for each line, since secrets may become known later.
    package init(_ sink: any LogSink, redactor: @escaping @Sendable () -> Redactor) {
        self.sink = sink
        self.redactor = redactor
    }

    package func accepts(_ level: Logger.Level) -> Bool { sink.accepts(level) }

    package func write(_ line: Logger.Line) {
        let redactor = redactor()
        var clean = line
        clean.message = redactor.redact(line.message)
        clean.metadata = line.metadata.mapValues { redactor.redact($0) }
        sink.write(clean)
    }
}
