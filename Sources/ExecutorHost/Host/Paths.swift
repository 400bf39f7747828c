import FoundationEssentials
import JobModel

#if canImport(Glibc)
    import Glibc
#endif

/// Where things lie under the data directory.
struct Paths: Sendable {
    /// Absolute.
    let root: String

    init(_ configuration: Configuration) {
        let path = configuration.text(.dataDirectory)
        root = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path.trimmingDot
    }

    /// Tells this directory from those of other machines.
    var owner: String { "\(Machine.name):\(root)" }
    /// Database of `cpa serve`.
    var database: String { root + "/cpa.db" }
    /// Files of `cpa serve`, by hash.
    var artifacts: String { root + "/artifacts" }
    /// The first API key.
    var apiKey: String { root + "/api-key" }
    /// What secrets of webhooks follow from.
    var webhookSecret: String { root + "/webhook-secret" }
    /// Seals what is personal in the audit; without it that cannot be read any more.
    var auditKey: String { root + "/audit-key" }
    /// Signs checkpoints of the audit.
    var auditSigningKey: String { root + "/audit-signing-key" }
    /// Checks those signatures; keep a copy elsewhere.
    var auditPublicKey: String { root + "/audit-public-key" }
    /// Signed heads of the audit chains; keep a copy elsewhere.
    var auditCheckpoints: String { root + "/audit-checkpoints.jsonl" }
    /// Working directories of jobs.
    var work: String { root + "/work" }

    /// A new backup: `backups/20260301T083000.123Z`. Two may be made within a second.
    func backup(at time: Int64) -> String {
        "\(root)/backups/\(RFC3339.format(time).filter { $0 != "-" && $0 != ":" })"
    }

    /// The directory of a job that `cpa run` ran.
    func job(_ id: String) -> String { "\(root)/jobs/\(id)" }

    /// Makes a directory that only its owner may enter, and what is above it.
    static func make(_ path: String) throws(HostError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw HostError(.unavailable, "cannot make the directory \(path): \(String(cString: strerror(errno)))")
        }
        chmod(path, 0o700)
    }
}

extension String {
    /// `./data` as `data`.
    fileprivate var trimmingDot: String { hasPrefix("./") ? String(dropFirst(2)) : self }
}
