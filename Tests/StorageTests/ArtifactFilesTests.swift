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

    // MARK: Erasing

    /// Files with one file in them.
    private func withFile(
        _ body: (_ files: ArtifactFiles, _ stored: ArtifactFiles.Stored, _ directory: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let files = try await ArtifactFiles(directory: directory + "/files")
            let upload = try await files.begin(limit: 100)
            try await files.append([1, 2, 3], to: upload)
            try await body(files, try await files.finish(upload), directory + "/files")
        }
    }

    @Test func `a file that was just written is not set aside until it is settled`() async throws {
        try await withFile { files, stored, directory in
            #expect(await files.setAside([stored.sha256]) == [])
            #expect(await files.contains(sha256: stored.sha256))
            await files.settle(stored)
            #expect(await files.setAside([stored.sha256, "none"]) == [stored.sha256])
            #expect(await !files.contains(sha256: stored.sha256))
            try await files.removeAside([stored.sha256])
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/aside") == [])
        }
    }

    @Test func `the same bytes written twice are settled twice`() async throws {
        try await withFile { files, stored, directory in
            try Data([1, 2, 3]).write(to: URL(filePath: directory + "/copy"))
            #expect(try await files.store(path: directory + "/copy", limit: 9) == stored)
            await files.settle(stored)
            #expect(await files.setAside([stored.sha256]) == [])
            await files.settle(stored)
            #expect(await files.setAside([stored.sha256]) == [stored.sha256])
        }
    }

    @Test func `what was set aside comes back, also when it was written anew meanwhile`() async throws {
        try await withFile { files, stored, directory in
            await files.settle(stored)
            #expect(await files.setAside([stored.sha256]) == [stored.sha256])
            await files.putBack([stored.sha256])
            #expect(try content(files.path(sha256: stored.sha256)) == [1, 2, 3])
            #expect(await files.setAside([stored.sha256]) == [stored.sha256])
            try Data([1, 2, 3]).write(to: URL(filePath: directory + "/copy"))
            _ = try await files.store(path: directory + "/copy", limit: 9)
            await files.putBack([stored.sha256])
            #expect(try content(files.path(sha256: stored.sha256)) == [1, 2, 3])
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/aside") == [])
        }
    }

    @Test func `what cannot be removed is where the janitor looks for it, and not aside`() async throws {
        try await withFile { files, stored, directory in
            await files.settle(stored)
            #expect(await files.setAside([stored.sha256]) == [stored.sha256])
            // No file, so it cannot be unlinked.
            let other = String(repeating: "0", count: 64)
            try FileManager.default.createDirectory(
                atPath: "\(directory)/aside/\(other)",
                withIntermediateDirectories: false
            )
            await #expect(throws: StorageError.self) { try await files.removeAside([other, stored.sha256]) }
            #expect(try content(files.path(sha256: stored.sha256)) == [1, 2, 3])
        }
    }

    @Test func `what a crash left aside is back after the start`() async throws {
        try await withFile { files, stored, directory in
            await files.settle(stored)
            #expect(await files.setAside([stored.sha256]) == [stored.sha256])
            let again = try await ArtifactFiles(directory: directory)
            #expect(await again.contains(sha256: stored.sha256))
        }
    }
}
