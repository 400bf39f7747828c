import EventLoops
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

extension Browser {
    /// Copies files to where the browser's user can read them; pages see them under the names given.
    ///
    /// - Parameters:
    ///   - files: their names are safe: no empty, dotted or absolute component.
    ///   - folder: puts them into a directory of this name, which is what is uploaded then.
    /// - Throws: `BrowserError` with `invalidInput` when a file cannot be copied.
    package nonisolated func stageUploads(
        _ files: [UploadSource],
        asDirectory folder: String? = nil
    ) async throws -> StagedUpload {
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
                var paths: [String] = []
                for (index, file) in files.enumerated() {
                    // Two files may have one name: each has a directory of its own.
                    let parent = folder.map { "\(staging)/\($0)" } ?? "\(staging)/\(index)"
                    paths.append(try Self.stage(file, below: parent, in: staging, directory))
                }
                try directory.giveToBrowser(staging)
                return StagedUpload(
                    directory: staging,
                    paths: folder.map { ["\(staging)/\($0)"] } ?? paths,
                    isDirectory: folder != nil
                )
            } catch {
                try? FileManager.default.removeItem(atPath: staging)
                throw BrowserError(.invalidInput, "Cannot copy the files to upload: \(error)")
            }
        }
    }

    private static func stage(
        _ file: UploadSource,
        below parent: String,
        in staging: String,
        _ directory: BrowserDirectory
    ) throws -> String {
        let path = "\(parent)/\(file.name)"
        let holder = path[..<(path.lastIndex(of: "/") ?? path.endIndex)]
        var made = staging
        for component in holder.dropFirst(staging.count).split(separator: "/") {
            made += "/\(component)"
            if mkdir(made, 0o700) == 0 { try directory.giveToBrowser(made) }
        }
        switch file.content {
        case .file(let source): try FileManager.default.copyItem(atPath: source, toPath: path)
        case .bytes(let bytes): try Data(bytes).write(to: URL(filePath: path))
        }
        try directory.giveToBrowser(path)
        return path
    }

    /// Removes what `stageUploads` made.
    package nonisolated func discardUploads(_ staging: String) async {
        try? await loop.runBlocking { try FileManager.default.removeItem(atPath: staging) }
    }
}
