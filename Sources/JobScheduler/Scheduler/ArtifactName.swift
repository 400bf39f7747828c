/// Names of files inside a job.
package enum ArtifactName {
    /// Refuses names that could lead outside the job or cannot be written.
    ///
    /// - Throws: `SchedulerError` with `invalidInput`.
    package static func check(_ name: String) throws {
        let isPlain = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f && $0 != "/" && $0 != "\\" }
        guard isPlain, !name.isEmpty, name.utf8.count <= 200, name != ".", name != ".." else {
            throw SchedulerError(
                .invalidInput,
                "A file name has 1 to 200 bytes and no slash, backslash or control character; '\(name.prefix(60))' is none"
            )
        }
    }
}
