// libuv's header brings the terminal settings along, so their members count as its own.
import CLibUV
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A terminal that does not show what is typed, from `init` to `end`; source: termios(3).
package final class HiddenTyping: Sendable {
    private let descriptor: Int32
    private let before: termios
    private let isOver = Atomic(false)

    /// Turns the echo off; what was typed and not read until now is dropped.
    ///
    /// - Throws: `EventLoopError` when it cannot be turned off.
    package init(on descriptor: Int32) throws(EventLoopError) {
        self.descriptor = descriptor
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else { throw Self.failure() }
        before = settings
        settings.c_lflag &= ~tcflag_t(ECHO)
        // Ctrl-\ and Ctrl-Z would leave the program with the echo off; 0 means that no key does this.
        withUnsafeMutableBytes(of: &settings.c_cc) { keys in
            for key in [VQUIT, VSUSP] { keys[Int(key)] = 0 }
        }
        guard tcsetattr(descriptor, TCSANOW, &settings) == 0 else { throw Self.failure() }
        tcflush(descriptor, TCIFLUSH)
    }

    /// Puts everything back as it was; what was typed and not read is dropped, or the shell would show it.
    ///
    /// Callable from any thread; waits for nothing. Does nothing a second time: what is typed since belongs to others.
    package func end() {
        guard !isOver.exchange(true, ordering: .relaxed) else { return }
        var settings = before
        tcsetattr(descriptor, TCSANOW, &settings)
        tcflush(descriptor, TCIFLUSH)
    }

    private static func failure() -> EventLoopError {
        EventLoopError(status: -errno, during: "Cannot turn off the echo of the terminal")
    }
}
