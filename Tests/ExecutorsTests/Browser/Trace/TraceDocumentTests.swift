import JobModel
import Testing

@testable import Executors

struct TraceDocumentTests {
    @Test func `what a message has escaped is made clean before JSON escapes it once more`() async {
        var step = TraceStep(id: "a", action: "click", page: "main", began: .now)
        step.failure = (.notFound, #"No element matches text="gehe\"im""#)
        var log = TraceLog(limit: 1000)
        log.add(step)
        let document = TraceDocument(
            job: "j1",
            startedAt: 0,
            start: .now,
            log: log,
            requests: [:],
            observesNetwork: false,
            redact: { $0.replacing(#"gehe\"im"#, with: "[secret]") }
        )
        let html = String(decoding: await document.html(), as: UTF8.self)
        #expect(html.contains("[secret]") && !html.contains("gehe"))
    }
}
