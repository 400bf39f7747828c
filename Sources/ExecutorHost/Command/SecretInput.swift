import EventLoops
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// A value from standard input: never an argument, which others could see. A terminal is asked without an echo.
struct SecretInput {
    /// More than a secret may have, so that what is longer is refused and not cut.
    private static let limit = 65_537

    var descriptor = STDIN_FILENO
    let terminal: Terminal

    /// A line of a terminal, or all of a pipe or file. Whoever is cancelled does not wait for it, and the echo is back then.
    ///
    /// - Throws: `HostError` when there is none; `CancellationError`.
    func value(of name: String) async throws -> String {
        guard isatty(descriptor) == 1 else { return try text(of: try await bytes(ofLine: false)) }
        let hidden = try hide()
        defer { hidden.end() }
        return try await withTaskCancellationHandler {
            terminal.note("Value of \(name) (not shown):")
            return try text(of: try await bytes(ofLine: true))
        } onCancel: {
            // At once: a second signal ends the program without coming back here.
            hidden.end()
        }
    }

    private func hide() throws(HostError) -> HiddenTyping {
        do {
            return try HiddenTyping(on: descriptor)
        } catch {
            throw HostError(.unavailable, "\(error.message); give the value by '< file'")
        }
    }

    private func bytes(ofLine isLine: Bool) async throws -> [UInt8] {
        try await BlockingThread(name: "cpa-input").runCancellably { [descriptor] in
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while bytes.count <= Self.limit, !isLine || bytes.last != 10 {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                bytes += buffer[..<count]
            }
            return bytes
        }
    }

    private func text(of bytes: [UInt8]) throws(HostError) -> String {
        var bytes = bytes
        // One line end belongs to whoever typed it.
        if bytes.last == 10 { bytes.removeLast() }
        if bytes.last == 13 { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
            throw HostError(.usage, "the value on standard input is empty or no UTF-8 text")
        }
        return text
    }
}
