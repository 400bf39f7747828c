package import JobModel

/// The files of one job where it runs; only names inside it can be reached.
///
/// Names are single path components (docs/executors.md): no separators, no control characters, not `.` or `..`.
package protocol ArtifactWorkspace: Sendable {
    /// Keeps bytes under a name; a name in use gets a suffix (`report-2.pdf`).
    func store(_ bytes: [UInt8], name: String, contentType: String) async throws -> Artifact
    /// Moves a file in (rename when possible).
    func adopt(path: String, name: String, contentType: String) async throws -> Artifact
    /// Keeps bytes under exactly this name.
    ///
    /// - Throws: `StepFailure` with `invalid_input` when the name is in use and `overwrite` is false.
    func write(_ bytes: [UInt8], name: String, contentType: String, overwrite: Bool) async throws -> Artifact
    /// Gives an artifact another name, exactly this one.
    ///
    /// - Throws: `StepFailure` with `invalid_input` when the new name is in use and `overwrite` is false.
    func move(_ name: String, to newName: String, overwrite: Bool) async throws -> Artifact
    /// A path to read an artifact from, fetched by hash first when another worker made it.
    ///
    /// - Throws: `StepFailure` with `artifact_missing` that lists the names there are.
    func path(of name: String) async throws -> String
    /// The artifacts so far, by name.
    func list() async -> [Artifact]
}
