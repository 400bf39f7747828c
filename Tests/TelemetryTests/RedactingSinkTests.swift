import TestSupport
import Testing

@testable import Telemetry

@Suite struct RedactingSinkTests {
    @Test func `a secret reaches the sink neither in the message nor in metadata`() {
        let memory = MemoryLogSink(level: .info)
        let sink = RedactingSink(memory) { $0 == "hunter2" ? "***" : $0 }
        let logger = Logger(sink: sink).with("password", "hunter2").with("user", "anna")
        logger.info("Logged in")
        logger.debug("Not wanted")
        #expect(memory.text.contains("password=***"))
        #expect(memory.text.contains("user=anna"))
        #expect(!memory.text.contains("hunter2"))
        #expect(memory.lines.count == 1)
    }
}
