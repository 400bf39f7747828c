import CLibUV

#if canImport(Glibc)
    import Glibc
#endif

/// A failure of the loop, a socket or a child process.
package struct EventLoopError: Error, CustomStringConvertible, Sendable {
    /// What kind of failure it was.
    package struct Code: Hashable, Sendable {
        private enum Kind: Hashable {
            case system, closed, queueFull, addressInUse, notFound, noSpace, permissionDenied
        }
        private let kind: Kind

        /// The operating system refused; the message carries its words.
        ///
        /// Usually a limit or a bad address.
        package static let system = Code(kind: .system)
        /// The peer or we closed the connection.
        ///
        /// Reconnect if the work can be repeated.
        package static let closed = Code(kind: .closed)
        /// More bytes wait to be sent than the connection's limit.
        ///
        /// The peer reads too slowly: send less or close it.
        package static let queueFull = Code(kind: .queueFull)
        /// Another process listens on that address.
        ///
        /// Choose another port or stop that process.
        package static let addressInUse = Code(kind: .addressInUse)
        /// The program or path does not exist.
        ///
        /// Install it or correct the setting.
        package static let notFound = Code(kind: .notFound)
        /// The disk, or the quota on it, is full.
        ///
        /// Make room.
        package static let noSpace = Code(kind: .noSpace)
        /// The operating system denied it.
        ///
        /// Check user, file mode, or the port being below 1024.
        package static let permissionDenied = Code(kind: .permissionDenied)
    }

    /// The kind of failure.
    package var code: Code
    /// One sentence: what failed, with which value.
    package var message: String
    /// The sentence.
    package var description: String { message }

    /// A failure with a sentence of its own.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    init(status: Int32, during operation: String) {
        let code: Code =
            switch status {
            case UV_EADDRINUSE.rawValue: .addressInUse
            case UV_ENOENT.rawValue: .notFound
            case UV_ENOSPC.rawValue, -EDQUOT: .noSpace
            case UV_EACCES.rawValue, UV_EPERM.rawValue: .permissionDenied
            case UV_EPIPE.rawValue, UV_ECONNRESET.rawValue, UV_ECANCELED.rawValue, UV_EOF.rawValue: .closed
            default: .system
            }
        self.init(code: code, message: "\(operation): \(String(cString: uv_strerror(status)))")
    }
}

/// Checks a libuv return code.
///
/// - Throws: `EventLoopError` that names the operation, when the code is negative.
@discardableResult
func checkUV(_ status: Int32, _ operation: @autoclosure () -> String) throws(EventLoopError) -> Int32 {
    guard status < 0 else { return status }
    throw EventLoopError(status: status, during: operation())
}
