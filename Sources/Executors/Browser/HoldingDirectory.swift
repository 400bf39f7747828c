import FoundationEssentials
import JobModel

#if canImport(Glibc)
    import Glibc
#endif

/// A private directory where a download lies between browser and workspace; blocks.
struct HoldingDirectory: Sendable {
    let path: String

    /// Creates one, mode 0700.
    init() throws(StepFailure) {
        var template = Array("\(FileManager.default.temporaryDirectory.path)/cpa-download-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw StepFailure(
                reason: .ioError,
                message: "Cannot make a directory for the download: \(String(cString: strerror(errno)))",
                isRetryable: true
            )
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes it with what is in it.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
