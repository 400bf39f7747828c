import FoundationEssentials

/// A directory that exists for the duration of a closure and is removed whatever happens.
///
/// - Parameter body: gets the absolute path.
package func withTemporaryDirectory<R>(_ body: (String) async throws -> R) async throws -> R {
    let path = FileManager.default.temporaryDirectory
        .appending(path: "cpa-test-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}
