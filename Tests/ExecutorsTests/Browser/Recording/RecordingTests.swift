import BrowserAutomation
import EventLoops
import FoundationEssentials
import JSON
import JobModel
import Testing

@testable import Executors

extension BrowserExecutorTests {
    @Suite struct RecordingTests {
        private static func page(_ source: String) -> JSONObject {
            ["url": .string("data:text/html;charset=utf-8,\(source)")]
        }

        /// Whether a frame of the player is of this colour in its upper left corner.
        private static let hasFrame = """
            async (colour) => {
              for (const { jpeg } of frames) {
                const image = new Image();
                image.src = `data:image/jpeg;base64,${jpeg}`;
                await image.decode();
                const pen = new OffscreenCanvas(1, 1).getContext('2d');
                pen.drawImage(image, 0, 0);
                const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
                if ({ red: red > 200 && green < 60, lime: green > 200 && red < 60, blue: blue > 200 && red < 60 }[colour]) return true;
              }
              return false;
            }
            """

        @Test func `a recording plays what the pages looked like, popups too, and shows no secret`() async throws {
            var html = ""
            try await withBrowserJob(allowsScripts: true, options: ["recording": "on", "trace": "off"]) { job in
                let session = try #require(job.session as? BrowserSession)
                try await job.run(
                    .goto,
                    id: "open",
                    with: Self.page(
                        "<body bgcolor=red><input id=a><button onclick=\"window.open('about:blank').document.write('<body bgcolor=blue>x')\">auf</button>"
                    )
                )
                try await Self.wait(for: 1, in: session)
                try await job.run(.fill, "#a", text: "geheim", id: "name")
                let veil = "getComputedStyle(a).webkitTextSecurity"
                #expect(try await job.run(.evaluate, with: ["script": .string(veil)]).outputs["value"] == "disc")
                let shown = await session.recordedFrames
                try await job.run(.click, "text=auf", id: "popup", with: ["popup_as": "other"])
                try await Self.wait(for: shown + 1, in: session)
                try await job.run(.goto, id: "told", with: Self.page("<body bgcolor=lime><p>geheim</p>"))
                try await job.run(.expect, "p", with: ["state": "visible"])
                try await job.run(.goto, id: "after", with: Self.page("<body bgcolor=red>Ende"))
                try await Self.wait(for: await session.recordedFrames + 1, in: session)
                let artifacts = await job.session.finish(hasFailed: false)
                #expect(artifacts.map(\.name) == ["recording.html"])
                let path = try await job.workspace.path(of: "recording.html")
                html = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
            }
            #expect(!html.contains("geheim"))
            try await TraceViewer.show(html) { viewer in
                try await viewer.run(.expect, "css=#caption", text: "open  goto")
                for (colour, isThere) in [("red", true), ("blue", true), ("lime", false)] {
                    let fields: JSONObject = ["script": .string(Self.hasFrame), "args": .string(colour)]
                    let found = try await viewer.run(.evaluate, with: fields)
                    #expect(found.outputs["value"] == .bool(isThere), "\(colour)")
                }
                try await viewer.run(.click, "role=button[name=Play]")
                try await viewer.run(.expect, "css=#caption", text: "after  goto", timeout: .seconds(60))
                try await viewer.run(.waitFor, "role=button[name=Play]", timeout: .seconds(60))
                let session = try #require(viewer.session as? BrowserSession)
                #expect(try await session.page("main").console.map(\.text) == [])
            }
        }

        @Test func `nothing is recorded unless it is wanted, or the job failed when it is wanted then`() async throws {
            for (options, hasFailed, count): (JSONObject, Bool, Int) in [
                ([:], true, 0), (["recording": "on_failure"], false, 0), (["recording": "on_failure"], true, 1),
            ] {
                try await withBrowserJob(options: options.merging(["trace": "off"])) { job in
                    try await job.run(.goto, with: Self.page("<p>x"))
                    if let session = job.session as? BrowserSession, await session.recording != nil {
                        try await Self.wait(for: 1, in: session)
                    }
                    #expect(await job.session.finish(hasFailed: hasFailed).count == count)
                }
            }
        }

        private static func wait(for frames: Int, in session: BrowserSession) async throws {
            let end = ContinuousClock.now + .seconds(30)
            while await session.recordedFrames < frames, .now < end {
                try await session.loop.sleep(for: .milliseconds(20))
            }
            #expect(await session.recordedFrames >= frames)
        }
    }
}

extension BrowserSession {
    fileprivate var recordedFrames: Int { recording.map { $0.log.frames.count + $0.log.droppedFrames } ?? 0 }
}
