import CDP
import CDPProtocol
import TestSupport
import Testing

@testable import BrowserAutomation

/// Pictures of frames that have a process of their own.
@Suite(.isolatedSites, .timeLimit(.minutes(2)), .retried) struct FramePictureCaseTests {
    private static let inner = """
        <style>@keyframes m { to { background: rgb(0, 255, 0) } }</style>
        <body style='margin:0'><div id=framed style='width:100px;height:40px;background:rgb(0,0,255)'></div>
        <input type=password value=geheim style='display:block;width:100px;height:40px;margin:0;border:0'>
        <div id=moving style='width:100px;height:40px;background:rgb(255,0,0);animation:m .2s infinite alternate'></div>
        """

    @Test func `a frame of another site is masked and stilled like the page, and put back (case 95)`() async throws {
        try await withTestPage { page in
            try await page.open(
                "<body style='margin:0'><iframe src='\(page.there(Self.inner))' style='border:0;width:300px;height:200px'></iframe>"
            )
            #expect(await page.processes == 1)
            var options = ScreenshotOptions()
            options.masks = [try Selector("frame=iframe >> css=#framed")]
            options.maskColor = "rgb(1, 2, 3)"
            let bytes = try await page.session.picture(options, until: page.soon).screenshot.bytes
            let probe = PictureProbe(page: page.session)
            #expect(
                try await probe.pixels([(50, 20), (50, 60), (50, 100)], of: bytes)
                    == "[[1,2,3,255],[1,2,3,255],[255,0,0,255]]"
            )
            options.masks = []
            options.stopsAnimations = false
            let plain = try await page.session.picture(options, until: page.soon).screenshot.bytes
            #expect(try await probe.pixel(50, 20, of: plain) == "[0,0,255,255]")
        }
    }

    @Test func `a frame is put back though its page stands still`() async throws {
        try await withTestPage { page in
            let frame = "<iframe src='\(page.there(Self.inner))' style='width:300px;height:200px'></iframe>"
            try await withTemporaryDirectory { directory in
                try await page.open(frame)
                #expect(await page.processes == 1)
                let grace = await page.session.agentGrace
                await page.session.setAgentGrace(.milliseconds(500))
                await page.session.keepBusy(milliseconds: 5000)
                let error = await failure {
                    try await page.session.pdf(to: "\(directory)/a.pdf", until: .now + .milliseconds(500))
                }
                #expect(error?.code == .timeout)
                await page.session.setAgentGrace(grace)
                // What a print hides cannot be filled in.
                try await page.fill("frame=iframe >> css=input", "neu")
            }
        }
    }

    @Test func `an element inside such a frame is pictured where it is (case 96)`() async throws {
        try await withTestPage { page in
            try await page.open(
                "<body style='margin:0'><div style='height:1500px'></div><iframe src='\(page.there(Self.inner))' style='border:7px solid;padding:5px;width:300px;height:200px'></iframe>"
            )
            let selector = try Selector("frame=iframe >> css=#framed")
            let bytes = try await page.session.picture(of: selector, until: page.soon).screenshot.bytes
            let probe = PictureProbe(page: page.session)
            #expect(try await probe.size(bytes) == "[100,40]")
            #expect(try await probe.pixels([(1, 1), (98, 38)], of: bytes) == "[[0,0,255,255],[0,0,255,255]]")
        }
    }
}

extension PageSession {
    /// Has a script run that does nothing else; what is asked of the page after it waits.
    fileprivate func keepBusy(milliseconds: Int) {
        let end = "const end = Date.now() + \(milliseconds)"
        session.post(RuntimeDomain.Evaluate(expression: "(() => { \(end); while (Date.now() < end); })()"))
    }
}
