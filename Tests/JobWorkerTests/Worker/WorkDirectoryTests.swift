import Executors
import FoundationEssentials
import JobModel
import TestSupport
import Testing

@testable import JobWorker

@Suite struct WorkDirectoryTests {
    @Test func `a directory is there while it is claimed and gone afterwards`() async throws {
        try await withTemporaryDirectory { base in
            let directory = try WorkDirectory.claim("w1", in: base)
            #expect(directory.path == base + "/w1")
            #expect(files(in: base) == ["w1"])
            try writeFile([1], directory.path + "/file")
            directory.remove()
            #expect(files(in: base).isEmpty)
        }
    }

    @Test func `what a killed process left is removed by the next one, what a living one has is not`() async throws {
        try await withTemporaryDirectory { base in
            let living = try WorkDirectory.claim("living", in: base)
            try FileManager.default.createDirectory(atPath: base + "/dead/j1-3", withIntermediateDirectories: true)
            try writeFile([], base + "/dead/.lock")
            try writeFile([1], base + "/dead/j1-3/invoice.pdf")
            let directory = try WorkDirectory.claim("next", in: base)
            #expect(files(in: base) == ["living", "next"])
            directory.remove()
            living.remove()
        }
    }

    @Test func `what is no worker's, or is just being made, is left alone`() async throws {
        try await withTemporaryDirectory { base in
            try FileManager.default.createDirectory(atPath: base + "/mine", withIntermediateDirectories: false)
            try FileManager.default.createDirectory(atPath: base + "/.new-w2", withIntermediateDirectories: false)
            let directory = try WorkDirectory.claim("w1", in: base)
            #expect(files(in: base) == [".new-w2", "mine", "w1"])
            directory.remove()
        }
    }

    @Test func `a base that is not there is said so`() {
        let error = #expect(throws: StepFailure.self) { try WorkDirectory.claim("w1", in: "/nonexistent/base") }
        #expect(error?.reason == .ioError)
        #expect(error?.message.contains("/nonexistent/base") == true)
    }
}
