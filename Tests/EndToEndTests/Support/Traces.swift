import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// What ended programs may have left on the machine.
///
/// A directory of a browser is locked for as long as its owner lives: one that nobody holds was left behind.
struct Traces {
    private struct Process {
        var id: Int32
        var group: Int32
        /// Chromium writes its own anew, as one text with spaces.
        var command: String

        var line: String { "\(id) \(command.prefix(120))" }

        /// The browser's directory, which its first process alone says.
        var directory: String? {
            guard id == group else { return nil }
            return command.firstMatch(of: #/--user-data-dir=(/tmp/cpa-\w{6})/#).map { String($0.1) }
        }
    }

    private let known = Set(Self.directories())
    private let knownOrphans = Set(Self.orphans(among: Self.processes()).map(\.id))

    /// Directories of browsers that are new and nobody's, and processes that still use such a one; waits a little for
    /// others to take away what is theirs.
    func left() async throws -> [String] {
        var left: [String] = []
        for _ in 0..<50 {
            left = Self.directories().filter { !known.contains($0) && Self.isAbandoned($0) }
            left += processesLeft().map(\.line)
            if left.isEmpty { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        return left
    }

    private func processesLeft() -> [Process] {
        let processes = Self.processes()
        let abandoned = processes.filter { process in
            guard let directory = process.directory, !known.contains(directory) else { return false }
            return Self.isAbandoned(directory)
        }
        // Renderers and zygotes name no directory: they are of their browser's group.
        let groups = Set(abandoned.map(\.group))
        return processes.filter { groups.contains($0.group) }
            + Self.orphans(among: processes).filter { !knownOrphans.contains($0.id) }
    }

    private static func directories() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
        return names.filter { $0.hasPrefix("cpa-") && $0.utf8.count == 10 }.map { "/tmp/" + $0 }
    }

    private static func processes() -> [Process] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let own = mounts(of: "self")
        return names.compactMap(Int32.init).compactMap { id in
            // One with other mounts, in a container or a run of tools/chaos, has a /tmp of its own.
            guard mounts(of: "\(id)") == own else { return nil }
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return nil }
            let command = String(decoding: bytes, as: UTF8.self).replacing("\0", with: " ")
            return Process(id: id, group: getpgid(id), command: command)
        }
    }

    /// What outlived the first process of its browser.
    private static func orphans(among processes: [Process]) -> [Process] {
        let ids = Set(processes.map(\.id))
        return processes.filter {
            $0.command.contains("chrom") && $0.command.contains(" --type=") && !ids.contains($0.group)
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
