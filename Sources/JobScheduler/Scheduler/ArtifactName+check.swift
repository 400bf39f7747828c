import JobModel

extension ArtifactName {
    /// - Throws: `SchedulerError` with `invalidInput`.
    package static func check(_ name: String) throws {
        if let problem = problem(with: name) {
            throw SchedulerError(.invalidInput, "The file name '\(name.prefix(60))' \(problem)")
        }
    }
}
