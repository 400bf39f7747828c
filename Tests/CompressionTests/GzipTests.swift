import Compression
import EventLoops
import FoundationEssentials
import TestSupport
import Testing

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 1_000, 300_000]) func `gunzip reads what was compressed`(_ count: Int) async throws {
        var state: UInt32 = 7
        let bytes = (0..<count).map { index -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return index % 3 == 0 ? UInt8(state >> 24) : 0x20
        }
        let packed = try #require(Gzip.compress(bytes))
        if count >= 1_000 { #expect(packed.count < count) }
        #expect(try await gunzip(packed) == bytes)
    }

    @Test(arguments: [
        ("gzip", true), ("GZIP", true), ("deflate, gzip;q=1.0", true), ("*", true), ("*;q=0, gzip", true), ("", false),
        ("br", false), ("gzip;q=0", false), ("gzip; q=0.000", false), ("*;q=0", false), ("identity", false),
    ])
    func `whether a client takes gzip is read from its list`(_ field: String, _ takes: Bool) {
        #expect(Gzip.isTaken(by: field) == takes)
    }

    private func gunzip(_ bytes: [UInt8]) async throws -> [UInt8] {
        try await withTemporaryDirectory { directory in
            try Data(bytes).write(to: URL(filePath: directory + "/in.gz"))
            let loop = EventLoop(name: "gunzip")
            let child = try await ChildProcess.start(
                on: loop,
                ChildProcessConfiguration(
                    executable: "/bin/sh",
                    arguments: ["-c", "gunzip -c in.gz > out"],
                    environment: ["PATH": "/usr/bin:/bin"],
                    workingDirectory: directory
                )
            )
            _ = await child.waitForExit()
            await loop.shutdown()
            return Array(try Data(contentsOf: URL(filePath: directory + "/out")))
        }
    }
}
