import JobModel

#if canImport(Glibc)
    import Glibc
#endif

/// Failures of the disk as steps report them.
enum WorkspaceFailure {
    static func full(_ message: String) -> StepFailure {
        StepFailure(reason: .storageFull, message: message, isRetryable: false)
    }

    /// The meaning of `errno` after a call on a file of the job; host paths stay out of the sentence.
    static func system(_ code: Int32, _ operation: String, _ name: String) -> StepFailure {
        let text = String(cString: strerror(code))
        switch code {
        case ENOSPC, EDQUOT:
            return full("Cannot \(operation) '\(name)': \(text). Free space under the worker's data directory.")
        default:
            return StepFailure(
                reason: .ioError,
                message: "Cannot \(operation) '\(name)': \(text).",
                isRetryable: code == EINTR || code == EMFILE || code == ENFILE
            )
        }
    }
}
