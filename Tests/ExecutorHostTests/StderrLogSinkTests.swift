import FoundationEssentials
import Telemetry
import TestSupport
import Testing

@testable import ExecutorHost

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct StderrLogSinkTests {
    @Test func `lines of the level and above are written as JSON, in order`() async throws {
        try await withTemporaryDirectory { directory in
            let descriptor = open(directory + "/log", O_WRONLY | O_CREAT, 0o600)
            let sink = StderrLogSink(descriptor: descriptor, level: .info, now: { 0 })
            let logger = Logger(sink: sink).with("job", "j1")
            logger.info("First")
            logger.debug("Too low")
            logger.error("Second", ["big": String(repeating: "x", count: 6000)])
            logger.info("Third")
            await sink.close()
            Glibc.close(descriptor)
            let lines = try String(contentsOfFile: directory + "/log", encoding: .utf8).split(separator: "\n")
            #expect(lines.map { $0.contains("\"job\":\"j1\"") } == [true, true, true])
            #expect(lines[0].contains("First"))
            #expect(lines[1].contains("Second"))
            #expect(lines[2].contains("Third"))
        }
    }

    @Test func `a reader that does not read stops nobody, and is told later what it missed`() async {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        let sink = StderrLogSink(descriptor: writer, level: .info, now: { 0 })
        let logger = Logger(sink: sink)
        let big = String(repeating: "x", count: 7000)
        // 64 KiB in the pipe, 1 MiB waiting; the rest of 2.1 MB is dropped, and this loop ends all the same.
        for _ in 0..<300 { logger.info("Line", ["big": big]) }
        let read = Task.detached { readToEnd(reader) }
        await sink.close()
        close(writer)
        let text = await read.value
        close(reader)
        let lines = text.split(separator: "\n")
        #expect(lines.count < 300)
        #expect(lines.last?.contains("Log lines were dropped") == true)
    }
}

private func readToEnd(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}
