import Cryptography
import FoundationEssentials
import JSON
import JobModel

extension RemoteWatch {
    /// Puts the job's files into the directory, each checked against its hash.
    ///
    /// - Returns: paths by name; nothing when no directory was asked for.
    func download(_ job: JSONObject, _ place: String) async throws -> [String: String] {
        guard let directory else { return [:] }
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw HostError(.usage, "cannot make the directory \(directory): \(error)")
        }
        var paths: [String: String] = [:]
        for artifact in (job["artifacts"]?.array ?? []).compactMap(\.object) {
            guard let name = artifact["name"]?.string, let hash = artifact["sha256"]?.string,
                let bytes = artifact["bytes"]?.int
            else { continue }
            // A server's word is no path.
            if let problem = ArtifactName.problem(with: name) {
                throw HostError(.failed, "the server names a file '\(name.prefix(100))', which \(problem)")
            }
            let path = "\(directory)/\(name)"
            let part = path + ".part"
            try await client.download("\(place)/artifacts/\(PercentCoding.encode(name))", to: part, limit: bytes)
            guard try await FileDigest.compute(path: part).sha256.hex == hash else {
                try? FileManager.default.removeItem(atPath: part)
                throw HostError(.failed, "\(name) arrived with another SHA-256 than \(hash); try again")
            }
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
            try FileManager.default.moveItem(atPath: part, toPath: path)
            paths[name] = path
        }
        return paths
    }
}
