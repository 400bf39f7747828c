import EventLoops
import HTTPServer
import JSON
import JobModel
import Testing

/// Opens what a job kept for people, a trace or a recording.
enum TraceViewer {
    /// Opens a file as a person does.
    static func show(_ html: String, _ body: (BrowserJob) async throws -> Void) async throws {
        let loop = EventLoop(name: "viewer")
        var router = HTTPRouter()
        router.on("GET", "/") { _, _ in .html(html) }
        router.on("GET", "/favicon.ico") { _, _ in HTTPResponse(status: 204) }
        let listener = try await HTTPListener.start(on: loop, handler: router)
        let address = "http://127.0.0.1:\(await listener.localPort)/"
        let result: Result<Void, any Error>
        do {
            try await withBrowserJob(allowsScripts: true) { viewer in
                try await viewer.run(.goto, with: ["url": .string(address)])
                try await body(viewer)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await listener.close()
        await loop.shutdown()
        try result.get()
    }
}
