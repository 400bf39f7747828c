import EventLoops
import FoundationEssentials
import Synchronization
package import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// Writes JSON lines to standard error, or another open descriptor.
///
/// A line that fits is written at once, so that nothing is lost in a crash. When the reader is slow, lines wait for a thread
/// of the sink's own, at most 1 MiB of them; what comes beyond that is dropped, and the next line says how many were.
package final class StderrLogSink: LogSink {
    private struct State {
        var waiting: [[UInt8]] = []
        var waitingBytes = 0
        var isWriting = false
        var dropped = 0
    }

    private static let waitingLimit = 1 << 20
    /// A pipe takes this much at once or says it is not writable (POSIX `PIPE_BUF` on Linux).
    private static let atomicWrite = 4096

    private let descriptor: Int32
    /// Whether it takes any line at once, as files do.
    private let isFile: Bool
    private let level: Logger.Level
    private let now: @Sendable () -> Int64
    private let writer: EventLoop
    private let state = Mutex(State())

    /// A sink on a descriptor that stays open and in blocking mode.
    ///
    /// - Parameters:
    ///   - level: the lowest level that is written.
    ///   - now: milliseconds since 1970.
    package init(
        descriptor: Int32 = STDERR_FILENO,
        level: Logger.Level,
        now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
    ) {
        self.descriptor = descriptor
        var status = stat()
        isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        self.level = level
        self.now = now
        writer = EventLoop(name: "cpa-log")
    }

    /// Whether the level is written.
    package func accepts(_ level: Logger.Level) -> Bool { level >= self.level }

    /// Writes the line now or soon.
    package func write(_ line: Logger.Line) {
        let bytes = LogFormat.json(line, timestamp: now())
        let mustStart = state.withLock { state in
            if !state.isWriting, bytes.count <= Self.atomicWrite, isWritable {
                // Not blocking: the descriptor just said it takes this much.
                writeAll(bytes)
                return false
            }
            guard state.waitingBytes + bytes.count <= Self.waitingLimit else {
                state.dropped += 1
                return false
            }
            state.waiting.append(bytes)
            state.waitingBytes += bytes.count
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustStart { writer.execute { self.drain() } }
    }

    /// Waits until the lines so far are written and ends the sink's thread; called once, at the end of the process.
    package func close() async { await writer.shutdown() }

    private var isWritable: Bool {
        if isFile { return true }
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, 0) == 1 && entry.revents & Int16(POLLOUT) != 0
    }

    /// On the writer's thread, where it may block.
    private func drain() {
        while true {
            let (batch, dropped) = state.withLock { state in
                let taken = (state.waiting, state.dropped)
                state.isWriting = !state.waiting.isEmpty || state.dropped > 0
                state.waiting = []
                state.waitingBytes = 0
                state.dropped = 0
                return taken
            }
            if batch.isEmpty, dropped == 0 { return }
            for line in batch { writeAll(line) }
            if dropped > 0 {
                let line = Logger.Line(
                    level: .warning,
                    message: "Log lines were dropped: the reader is too slow",
                    metadata: ["count": String(dropped)]
                )
                writeAll(LogFormat.json(line, timestamp: now()))
            }
        }
    }

    private func writeAll(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                // Nobody can be told that the log itself cannot be written.
                return
            }
        }
    }
}
