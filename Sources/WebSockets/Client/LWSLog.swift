import CLibWebSockets
import Synchronization
import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// Routes the library's log, of which a process has exactly one, into ours.
enum LWSLog {
    private static let logger = Mutex(Logger.silent)

    /// Warnings and errors of libwebsockets go to `logger` from now on, whichever client they come from.
    static func route(to logger: Logger) {
        self.logger.withLock { $0 = logger.with("component", "libwebsockets") }
        lws_set_log_level(Int32(bitPattern: (1 << 0) | (1 << 1))) { level, line in
            // Called by libwebsockets on whichever thread logs, any number of times; the line is its to free.
            guard let line else { return }
            let text = String(cString: line).trimmedLine
            let logger = LWSLog.logger.withLock { $0 }
            if level == 1 {
                logger.warning("libwebsockets reports an error", ["line": text])
            } else {
                logger.debug("libwebsockets warns", ["line": text])
            }
        }
    }
}

extension String {
    fileprivate var trimmedLine: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
