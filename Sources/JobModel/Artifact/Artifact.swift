/// A file of a job: named by the step that made it, known by its hash.
package struct Artifact: Hashable, Sendable {
    /// Name inside the job, e.g. `invoice.pdf` or `error-t3.png`; no path separators.
    package var name: String
    /// Length in bytes.
    package var bytes: Int
    /// SHA-256, 64 lower-case hexadecimal digits.
    package var sha256: String
    /// MIME type.
    package var contentType: String

    /// Describes a file.
    package init(name: String, bytes: Int, sha256: String, contentType: String) {
        self.name = name
        self.bytes = bytes
        self.sha256 = sha256
        self.contentType = contentType
    }
}
