import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite struct FileMoveTests {
    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test func `a file is moved and is ours alone`() async throws {
        try await withTemporaryDirectory { directory in
            try write("x", to: directory + "/a")
            chmod(directory + "/a", 0o666)
            try FileMove.take(directory + "/a", to: directory + "/b")
            let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/b")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(!FileManager.default.fileExists(atPath: directory + "/a"))
        }
    }

    @Test func `a link in the file's place is refused and what it points at is not touched`() async throws {
        try await withTemporaryDirectory { directory in
            try write("secret", to: directory + "/secret")
            chmod(directory + "/secret", 0o640)
            symlink(directory + "/secret", directory + "/soft")
            link(directory + "/secret", directory + "/hard")
            for name in ["soft", "hard"] {
                #expect(throws: BrowserError.self) {
                    try FileMove.take("\(directory)/\(name)", to: "\(directory)/taken-\(name)")
                }
                #expect(access("\(directory)/taken-\(name)", F_OK) == -1)
            }
            let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/secret")
            #expect(attributes[.posixPermissions] as? Int == 0o640)
        }
    }

    @Test func `another file system gets a copy`() async throws {
        let source = "/dev/shm/cpa-test-\(getpid())"
        try write("shared memory", to: source)
        try await withTemporaryDirectory { directory in
            try FileMove.take(source, to: directory + "/b")
            #expect(try Data(contentsOf: URL(filePath: directory + "/b")) == Data("shared memory".utf8))
            #expect(access(source, F_OK) == -1)
        }
    }
}
