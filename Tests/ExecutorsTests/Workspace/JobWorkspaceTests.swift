import Cryptography
import FoundationEssentials
import JobModel
import TestSupport
import Testing

@testable import Executors

#if canImport(Glibc)
    import Glibc
#endif

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

private func artifact(_ name: String, _ text: String) -> Artifact {
    Artifact(name: name, bytes: text.utf8.count, sha256: SHA256.digest(of: text).hex, contentType: "text/plain")
}

private func content(_ workspace: JobWorkspace, _ name: String) async throws -> String {
    try String(contentsOfFile: await workspace.path(of: name), encoding: .utf8)
}

private func names(_ workspace: JobWorkspace) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workspace.directory).sorted()
}

@Suite struct JobWorkspaceTests {
    @Test func `a stored file is described by length and hash, and its directory is private`() async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(directory: base + "/j1")
            let kept = try await workspace.store(bytes("abc"), name: "a.txt", contentType: "text/plain")
            #expect(kept.bytes == 3)
            #expect(kept.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            #expect(try await content(workspace, "a.txt") == "abc")
            var status = stat()
            #expect(lstat(workspace.directory, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
        }
    }

    @Test func `a file that comes with a type no header field can hold is a file without a type`() async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(directory: base + "/j1")
            let kept = try await workspace.store(bytes("1"), name: "a", contentType: "text/größe")
            #expect(kept.contentType == "application/octet-stream")
            let written = try await workspace.write(bytes("2"), name: "b", contentType: "a/b\n", overwrite: false)
            #expect(written.contentType == "application/octet-stream")
        }
    }

    @Test func `a name in use gets a suffix, and no temporary file stays`() async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(directory: base + "/j1")
            for text in ["1", "2", "3"] {
                _ = try await workspace.store(bytes(text), name: "a.txt", contentType: "text/plain")
            }
            #expect(await workspace.list().map(\.name) == ["a-2.txt", "a-3.txt", "a.txt"])
            #expect(try names(workspace) == ["a-2.txt", "a-3.txt", "a.txt"])
        }
    }

    @Test func `two spellings of one Unicode name are one file`() async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(directory: base + "/j1")
            _ = try await workspace.store(bytes("x"), name: "Fu\u{308}r.txt", contentType: "text/plain")
            #expect(try await content(workspace, "F\u{FC}r.txt") == "x")
            #expect(try await content(workspace, "Fu\u{308}r.txt") == "x")
        }
    }

    @Test func `adopting moves our own file, and copies one that another link reaches`() async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(directory: base + "/j1")
            try "own".write(toFile: base + "/own", atomically: false, encoding: .utf8)
            try "shared".write(toFile: base + "/shared", atomically: false, encoding: .utf8)
            #expect(link(base + "/shared", base + "/other") == 0)
            _ = try await workspace.adopt(path: base + "/own", name: "own.txt", contentType: "text/plain")
            let copied = try await workspace.adopt(path: base + "/shared", name: "s.txt", contentType: "text/plain")
            try "changed".write(toFile: base + "/other", atomically: false, encoding: .utf8)
            #expect(try await content(workspace, "s.txt") == "shared")
            #expect(copied.sha256 == SHA256.digest(of: "shared").hex)
            #expect(access(base + "/own", F_OK) != 0)
            #expect(access(base + "/shared", F_OK) != 0)
        }
    }

    @Test(arguments: ["link", "directory", "pipe", "nothing"])
    func `only a plain file can be adopted`(kind: String) async throws {
        try await withTemporaryDirectory { base in
            let path = base + "/" + kind
            switch kind {
            case "link": #expect(symlink("/etc/passwd", path) == 0)
            case "directory": #expect(mkdir(path, 0o700) == 0)
            case "pipe": #expect(mkfifo(path, 0o600) == 0)
            default: break
            }
            let workspace = JobWorkspace(directory: base + "/j1")
            let error = await #expect(throws: StepFailure.self) {
                try await workspace.adopt(path: path, name: "x", contentType: "text/plain")
            }
            #expect(error?.reason == .ioError)
        }
    }

    @Test func `writing under a name in use needs overwrite`() async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(directory: base + "/j1")
            _ = try await workspace.write(bytes("1"), name: "a", contentType: "text/plain", overwrite: false)
            let error = await #expect(throws: StepFailure.self) {
                try await workspace.write(bytes("2"), name: "a", contentType: "text/plain", overwrite: false)
            }
            #expect(error?.reason == .invalidInput)
            _ = try await workspace.write(bytes("3"), name: "a", contentType: "text/plain", overwrite: true)
            #expect(try await content(workspace, "a") == "3")
            #expect(await workspace.list().count == 1)
        }
    }

    @Test func `moving renames, and the old name is gone`() async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(directory: base + "/j1")
            _ = try await workspace.store(bytes("x"), name: "a", contentType: "text/plain")
            let moved = try await workspace.move("a", to: "b", overwrite: false)
            #expect(moved.name == "b")
            #expect(try names(workspace) == ["b"])
            let error = await #expect(throws: StepFailure.self) { try await workspace.path(of: "a") }
            #expect(error?.reason == .artifactMissing)
            #expect(error?.message.contains("it has b") == true)
        }
    }

    @Test(arguments: ["../x", "/etc/passwd", "a/../../x", ".."])
    func `a path instead of a name is refused everywhere`(name: String) async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(directory: base + "/j1")
            _ = try await workspace.store(bytes("x"), name: "a", contentType: "text/plain")
            for attempt in 0..<3 {
                let error = await #expect(throws: StepFailure.self) {
                    switch attempt {
                    case 0: _ = try await workspace.path(of: name)
                    case 1: _ = try await workspace.write([], name: name, contentType: "", overwrite: true)
                    default: _ = try await workspace.move("a", to: name, overwrite: true)
                    }
                }
                #expect(error?.reason == .invalidInput)
            }
            #expect(try names(workspace) == ["a"])
        }
    }

    @Test func `a file of an earlier attempt is fetched once and checked by its hash`() async throws {
        try await withTemporaryDirectory { base in
            let known = artifact("a.txt", "hello")
            let fetched = Fetched()
            let fetch: JobWorkspace.Fetch = { artifact, path in
                await fetched.record(artifact)
                try "hello".write(toFile: path, atomically: false, encoding: .utf8)
            }
            let workspace = JobWorkspace(directory: base + "/j1", known: [known], fetch: fetch)
            for _ in 0..<2 {
                let text = try await content(workspace, "a.txt")
                #expect(text == "hello")
            }
            #expect(await fetched.artifacts == [known])
        }
    }

    @Test func `a fetched file with another hash is not taken`() async throws {
        try await withTemporaryDirectory { base in
            let fetch: JobWorkspace.Fetch = { _, path in
                try "other".write(toFile: path, atomically: false, encoding: .utf8)
            }
            let known = [artifact("a.txt", "hello")]
            let workspace = JobWorkspace(directory: base + "/j1", known: known, fetch: fetch)
            let error = await #expect(throws: StepFailure.self) { try await workspace.path(of: "a.txt") }
            #expect(error?.reason == .artifactMissing)
            let left = try names(workspace)
            #expect(left.isEmpty)
        }
    }

    @Test func `a repeated step that makes the same bytes makes the same artifact`() async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(
                directory: base + "/j1",
                known: [artifact("a.txt", "same"), artifact("b.txt", "old")]
            )
            let same = try await workspace.store(bytes("same"), name: "a.txt", contentType: "")
            let new = try await workspace.store(bytes("new"), name: "b.txt", contentType: "")
            #expect([same.name, new.name] == ["a.txt", "b-2.txt"])
        }
    }

    @Test func `limits on one file, on all files and on their number are storage_full`() async throws {
        try await withTemporaryDirectory { base in
            let limits = WorkspaceLimits(fileBytes: 10, totalBytes: 15, files: 3)
            let workspace = JobWorkspace(directory: base + "/j1", limits: limits)
            func failure(_ count: Int) async -> ReasonCode? {
                do {
                    _ = try await workspace.store([UInt8](repeating: 0, count: count), name: "x", contentType: "")
                    return nil
                } catch {
                    return (error as? StepFailure)?.reason
                }
            }
            #expect(await failure(11) == .storageFull)
            #expect(await failure(10) == nil)
            #expect(await failure(6) == .storageFull)
            #expect(await failure(1) == nil)
            #expect(await failure(1) == nil)
            #expect(await failure(1) == .storageFull)
        }
    }

    @Test func `a full disk is storage_full and says what to do`() {
        let failure = WorkspaceFailure.system(ENOSPC, "write", "a.pdf")
        #expect(failure.reason == .storageFull)
        #expect(failure.message.contains("Free space under the worker's data directory"))
        #expect(WorkspaceFailure.system(EACCES, "write", "a.pdf").reason == .ioError)
    }

    @Test func `a removed workspace leaves nothing and takes nothing more`() async throws {
        try await withTemporaryDirectory { base in
            let workspace = JobWorkspace(directory: base + "/j1")
            _ = try await workspace.store(bytes("x"), name: "a", contentType: "")
            await workspace.remove()
            #expect(access(workspace.directory, F_OK) != 0)
            await #expect(throws: StepFailure.self) { try await workspace.store([], name: "b", contentType: "") }
            #expect(access(workspace.directory, F_OK) != 0)
        }
    }
}

private actor Fetched {
    private(set) var artifacts: [Artifact] = []
    func record(_ artifact: Artifact) { artifacts.append(artifact) }
}
