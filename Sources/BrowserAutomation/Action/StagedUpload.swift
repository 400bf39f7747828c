/// A file to upload.
package struct UploadSource: Sendable {
    /// Where its bytes come from.
    package enum Content: Sendable {
        /// A file of the host.
        case file(path: String)
        case bytes([UInt8])
    }

    /// The name pages see; with `/` inside of a directory.
    package var name: String
    package var content: Content

    /// A file to upload.
    package init(name: String, _ content: Content) {
        self.name = name
        self.content = content
    }
}

/// Copies the browser's user can read.
package struct StagedUpload: Sendable {
    /// What holds them all; `Browser.discardUploads` removes it.
    package let directory: String
    /// The files, or the one directory.
    package let paths: [String]
    /// Whether `paths` is one directory.
    package let isDirectory: Bool
}
