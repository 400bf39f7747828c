import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// What ended programs may have left on the machine.
///
/// A directory of a browser is locked for as long as its owner lives: one that nobody holds was left behind.
struct Traces {
    private let known = Set(Self.directories())

    /// Directories of browsers that are new and nobody's, and processes that still use such a one; waits a little for
    /// others to take away what is theirs.
    func left() async throws -> [String] {
        var left: [String] = []
        for _ in 0..<50 {
            left = Self.directories().filter { !known.contains($0) && Self.isAbandoned($0) }
            left += Self.browsers().filter { !known.contains($0.directory) && Self.isAbandoned($0.directory) }
                .map(\.line)
            if left.isEmpty { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        return left
    }

    private static func directories() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
        return names.filter { $0.hasPrefix("cpa-") && $0.utf8.count == 10 }.map { "/tmp/" + $0 }
    }

    private static func browsers() -> [(directory: String, line: String)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let own = mounts(of: "self")
        return names.filter { Int($0) != nil }.compactMap { name in
            // One with other mounts, in a container or a run of tools/chaos, has a /tmp of its own.
            guard mounts(of: name) == own else { return nil }
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { return nil }
            let words = String(decoding: bytes, as: UTF8.self).split(separator: "\0")
            guard let profile = words.first(where: { $0.hasPrefix("--user-data-dir=/tmp/cpa-") }) else { return nil }
            let directory = profile.dropFirst("--user-data-dir=".count).prefix("/tmp/cpa-XXXXXX".count)
            return (String(directory), "\(name) \(words.prefix(2).joined(separator: " "))")
        }
    }

    /// The mount namespace of a process.
    private static func mounts(of process: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/mnt")
    }

    /// Whether nobody holds it, or it is gone.
    private static func isAbandoned(_ directory: String) -> Bool {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) == 0
    }
}
