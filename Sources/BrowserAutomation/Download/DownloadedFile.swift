/// A file that arrived whole and lies where it was asked to be.
package struct DownloadedFile: Sendable, Hashable {
    package var path: String
    /// As the server or page suggests it: text to show, never a path.
    package var suggestedName: String
    /// Where it came from.
    package var url: String
    package var bytes: Int
    /// SHA-256 of what arrived, in hex.
    package var sha256: String
}
