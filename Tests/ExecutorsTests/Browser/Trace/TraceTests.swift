import BrowserAutomation
import FoundationEssentials
import JSON
import JobModel
import Testing

@testable import Executors

extension BrowserExecutorTests {
    @Test func `a failed job leaves one file that shows every step and tells no secret`() async throws {
        var html = ""
        try await withBrowserJob { job in
            try await Self.failingJob(job)
            html = try await Self.trace(of: job, hasFailed: true)
        }
        #expect(!html.contains("geheim"))
        try await TraceViewer.show(html) { viewer in
            try await viewer.run(.expect, "css=#steps > li", with: ["count": 5])
            try await viewer.run(.expect, "css=#verdict", with: ["matches": "never.*not_found"])
            // The failed step is chosen; its snapshot stands in a frame that runs nothing.
            try await viewer.run(.expect, "css=#steps > li[aria-selected=true]", with: ["matches": "click.*never"])
            try await viewer.run(.expect, "css=#sheet iframe[sandbox='']", with: ["state": "visible"])
            let step = "css=#steps > li:nth-child(3)"
            try await viewer.run(.click, step)
            try await viewer.run(.expect, "css=#details", text: "label=Name")
            let framed = try await viewer.run(
                .evaluate,
                with: ["script": "() => document.querySelector('#sheet iframe').srcdoc"]
            )
            let document = try #require(framed.outputs["value"]?.string)
            #expect(document.contains("•••") && document.contains("<form"))
            #expect(!document.contains("<script") && !document.contains(" onclick"))
            // The policy of the file had nothing to stop.
            let session = try #require(viewer.session as? BrowserSession)
            #expect(try await session.page("main").console.map(\.text) == [])
        }
    }

    @Test func `a job that worked leaves a trace when it is wanted, with pictures and requests`() async throws {
        try await withBrowserJob(options: ["trace": "on"]) { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/login")])
            try await job.run(.fill, "label=Benutzername", text: "anna")
            let html = try await Self.trace(of: job, hasFailed: false)
            #expect(html.contains("\"picture\":\"data:image/jpeg;base64,"))
            #expect(html.contains("\"status\":200"))
        }
        try await withBrowserJob { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/login")])
            #expect(await job.session.finish(hasFailed: false).isEmpty)
        }
        try await withBrowserJob(options: ["trace": "off"]) { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/login")])
            #expect(await job.session.finish(hasFailed: true).isEmpty)
        }
    }

    private static func failingJob(_ job: BrowserJob) async throws {
        try await job.run(.goto, id: "open", with: ["url": .string("\(job.portal)/form")])
        try await job.run(.fill, "label=Name", text: "geheim", id: "name")
        try await job.run(.expect, "label=Name", id: "seen", with: ["state": "visible"])
        try await job.run(.scroll, id: "down", with: ["to": "bottom"])
        _ = await job.failure(.click, "text=</script><!-- nirgends", id: "never")
    }

    private static func trace(of job: BrowserJob, hasFailed: Bool) async throws -> String {
        let artifacts = await job.session.finish(hasFailed: hasFailed)
        #expect(artifacts.map(\.name) == ["trace.html"])
        let path = try await job.workspace.path(of: "trace.html")
        return String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    }
}
