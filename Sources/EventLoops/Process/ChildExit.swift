/// How a child process ended.
package enum ChildExit: Sendable, Hashable, CustomStringConvertible {
    /// It ended by itself with this code.
    case exited(code: Int64)
    /// A signal ended it.
    case signalled(Int32)

    /// "exited with code 1" or "ended by signal 9".
    package var description: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal): "ended by signal \(signal)"
        }
    }
}
