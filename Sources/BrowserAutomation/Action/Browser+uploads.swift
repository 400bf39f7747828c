import EventLoops
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

extension Browser {
    /// Copies files to where the browser's user can read them; pages see them under the names given.
    ///
    /// - Returns: the directory to discard when nobody needs the copies any more, and the copies.
    /// - Throws: `BrowserError` with `invalidInput` when a file cannot be copied.
    package nonisolated func stageUploads(
        _ files: [(path: String, name: String)]
    ) async throws -> (directory: String, paths: [String]) {
        let directory = directory
        return try await loop.runBlocking {
            var template = Array("\(directory.uploads)/XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else {
                throw BrowserError(
                    .invalidInput,
                    "Cannot make room for uploads in '\(directory.uploads)': \(String(cString: strerror(errno)))"
                )
            }
            let staging = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            do {
                let paths = try files.map { file in
                    let copy = "\(staging)/\(file.name)"
                    try FileManager.default.copyItem(atPath: file.path, toPath: copy)
                    try directory.giveToBrowser(copy)
                    return copy
                }
                try directory.giveToBrowser(staging)
                return (staging, paths)
            } catch {
                try? FileManager.default.removeItem(atPath: staging)
                throw BrowserError(.invalidInput, "Cannot copy the files to upload: \(error)")
            }
        }
    }

    /// Removes what `stageUploads` made.
    package nonisolated func discardUploads(_ staging: String) async {
        try? await loop.runBlocking { try FileManager.default.removeItem(atPath: staging) }
    }
}
