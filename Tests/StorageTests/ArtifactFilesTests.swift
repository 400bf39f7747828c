import Cryptography
import FoundationEssentials
import Storage
import TestSupport
import Testing

@Suite struct ArtifactFilesTests {
    private func content(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
    private func incoming(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory + "/files/incoming")
    }

    @Test func `pieces become a file under their hash`() async throws {
        try await withTemporaryDirectory { directory in
            let files = try await ArtifactFiles(directory: directory + "/files")
            let upload = try await files.begin(limit: 100)
            try await files.append(Array("ab".utf8), to: upload)
            try await files.append(Array("c".utf8), to: upload)
            let stored = try await files.finish(upload)
            #expect(stored.sha256 == SHA256.digest(of: "abc").hex)
            #expect(stored.bytes == 3)
            #expect(try content(files.path(sha256: stored.sha256)) == Array("abc".utf8))
            #expect(await files.contains(sha256: stored.sha256))
            #expect(try incoming(directory) == [])
        }
    }

    @Test func `a file is copied in and may come twice`() async throws {
        try await withTemporaryDirectory { directory in
            let files = try await ArtifactFiles(directory: directory + "/files")
            let bytes = [UInt8](repeating: 9, count: 600_000)
            try Data(bytes).write(to: URL(filePath: directory + "/source"))
            let first = try await files.store(path: directory + "/source", limit: 1_000_000)
            let second = try await files.store(path: directory + "/source", sha256: first.sha256, limit: 1_000_000)
            #expect(first == second)
            #expect(try content(files.path(sha256: first.sha256)) == bytes)
        }
    }

    @Test func `other bytes than announced leave nothing behind`() async throws {
        try await withTemporaryDirectory { directory in
            let files = try await ArtifactFiles(directory: directory + "/files")
            let upload = try await files.begin(limit: 100)
            try await files.append([1], to: upload)
            await #expect { try await files.finish(upload, sha256: SHA256.digest(of: "x").hex) } throws: {
                ($0 as? StorageError)?.code == .contentMismatch
            }
            #expect(try incoming(directory) == [])
        }
    }

    @Test func `one byte too many is refused`() async throws {
        try await withTemporaryDirectory { directory in
            let files = try await ArtifactFiles(directory: directory + "/files")
            let upload = try await files.begin(limit: 2)
            try await files.append([1, 2], to: upload)
            await #expect { try await files.append([3], to: upload) } throws: {
                ($0 as? StorageError)?.code == .tooLarge
            }
        }
    }

    @Test func `what a crash left half-written is removed at the next start`() async throws {
        try await withTemporaryDirectory { directory in
            _ = try await ArtifactFiles(directory: directory + "/files")
            try Data([1]).write(to: URL(filePath: directory + "/files/incoming/half"))
            _ = try await ArtifactFiles(directory: directory + "/files")
            #expect(try incoming(directory) == [])
        }
    }

    @Test func `a missing source is named`() async throws {
        try await withTemporaryDirectory { directory in
            let files = try await ArtifactFiles(directory: directory + "/files")
            await #expect { try await files.store(path: "/nowhere/file", limit: 1) } throws: {
                ($0 as? StorageError)?.code == .notFound && "\($0)".contains("/nowhere/file")
            }
        }
    }
}
