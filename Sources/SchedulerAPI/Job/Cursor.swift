import Cryptography
import JobModel

/// Where a page of a list ended, opaque to clients.
enum Cursor {
    private static let version = "c1:"

    static func text(of job: JobID) -> String { Base64.encodeURL(Array((version + job.rawValue).utf8)) }

    static func job(_ text: String) -> JobID? {
        guard let bytes = try? Base64.decodeURL(text), let plain = String(validating: bytes, as: UTF8.self),
            plain.hasPrefix(version)
        else { return nil }
        return JobID(String(plain.dropFirst(version.count)))
    }
}
