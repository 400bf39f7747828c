import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

extension ActionTests {
    struct PictureCaseTests {
        @Test func `a picture of the whole page reaches to its end, in css or device pixels (case 94)`() async throws {
            let source = """
                <body style='margin:0'><div style='height:1500px;background:rgb(255,0,0)'></div>
                <div style='height:1500px;background:rgb(0,0,255)'></div>
                """
            try await withTestPage(source) { page in
                let probe = PictureProbe(page: page.session)
                let whole = try await page.picture(.init(area: .fullPage))
                #expect(try await probe.size(whole) == "[1280,3000]")
                #expect(try await probe.pixel(600, 1499, of: whole) == "[255,0,0,255]")
                #expect(try await probe.pixel(600, 2999, of: whole) == "[0,0,255,255]")
                #expect(try await page.evaluate("[scrollY, document.adoptedStyleSheets.length]") == "[0,0]")
                try await page.session.emulate(PageOptions(viewport: .init(width: 400, height: 300, scale: 2)))
                var options = ScreenshotOptions(format: .webp(quality: 90), area: .fullPage)
                #expect(try await probe.size(try await page.picture(options)) == "[800,6000]")
                options.scale = .css
                #expect(try await probe.size(try await page.picture(options)) == "[400,3000]")
                options.area = .viewport
                #expect(try await probe.size(try await page.picture(options)) == "[400,300]")
                options.area = .clip(Rectangle(x: 10, y: 1490, width: 30, height: 20))
                options.format = .jpeg(quality: 90)
                #expect(try await probe.size(try await page.picture(options)) == "[30,20]")
            }
        }

        @Test func `a page of 40,000 pixels is one file, put together of pieces (case 94)`() async throws {
            let source = """
                <body style='margin:0'><div style='position:fixed;top:0;height:40px;width:100%;background:rgb(0,9,0)'></div>
                <script>
                  for (let band = 0; band < 40; band += 1) {
                    const div = document.createElement("div");
                    div.style = `height:1000px;background:rgb(${band * 6},0,${255 - band * 6})`;
                    document.body.append(div);
                  }
                </script>
                """
            try await withTestPage(source) { page in
                // As wide as it must be: what is painted here is painted by the processor.
                try await page.session.emulate(PageOptions(viewport: .init(width: 400, height: 300)))
                try await withTemporaryDirectory { directory in
                    let (picture, _) = try await page.session.picture(
                        .init(area: .fullPage),
                        in: directory,
                        until: .now + .seconds(100)
                    )
                    #expect(picture.paths.count == 1 && !picture.isCut)
                    let bytes = [UInt8](try #require(FileManager.default.contents(atPath: picture.paths[0])))
                    let probe = PictureProbe(page: page.session)
                    #expect(try await probe.size(bytes) == "[400,40000]")
                    #expect(try await probe.pixel(9, 20, of: bytes) == "[0,9,0,255]")
                    let bands = [0, 6, 12, 13, 31, 39]
                    let places = bands.flatMap { [(350, $0 * 1000 + 60), (350, $0 * 1000 + 999)] }
                    let colours = bands.flatMap { band in
                        let colour: JSONValue = [JSONValue(band * 6), 0, JSONValue(255 - band * 6), 255]
                        return [colour, colour]
                    }
                    #expect(try await probe.pixels(places, of: bytes) == JSONText(.array(colours)))
                }
            }
        }

        @Test func `a format that cannot be put together leaves several files (case 94)`() async throws {
            try await withTestPage("<body style='margin:0'><div style='height:30000px;background:#abc'>") { page in
                try await withTemporaryDirectory { directory in
                    let (picture, _) = try await page.session.picture(
                        .init(format: .jpeg(quality: 30), area: .fullPage),
                        in: directory,
                        until: .now + .seconds(60)
                    )
                    #expect(picture.paths.count > 1)
                    for path in picture.paths {
                        #expect(FileManager.default.contents(atPath: path)?.starts(with: [0xFF, 0xD8, 0xFF]) == true)
                    }
                }
            }
        }

        @Test func `neither a frame nor the page being on its way for ever holds a picture up (case 94)`() async throws
        {
            try await PageServer.with { server in
                try await withTestPage("<p>da</p><iframe src='\(server("/never"))'></iframe>") { page in
                    _ = try await page.picture()
                    async let going = failure {
                        try await page.session.goto(server("/never"), deadline: .seconds(3))
                    }
                    _ = try await page.evaluate("1")
                    _ = try await page.picture()
                    _ = await going
                }
            }
        }

        @Test func `a font that never comes is waited for half a second (case 94)`() async throws {
            try await PageServer.with { server in
                try await withTestPage { page in
                    try await page.session.goto(server("/page"), deadline: .seconds(30))
                    let font = """
                        document.fonts.add(new FontFace('slow', 'url(/never)'));
                        document.body.style.fontFamily = 'slow';
                        document.body.offsetHeight > 0 && document.fonts.status
                        """
                    #expect(try await page.evaluate(font) == "\"loading\"")
                    let start = ContinuousClock.now
                    _ = try await page.picture()
                    #expect(.now - start > .milliseconds(400))
                }
            }
        }

        @Test func `what is masked stays covered in frames, shadow roots and dialogs, also drawn anew (case 95)`()
            async throws
        {
            try await withTestPage(file: "masks.html") { page in
                let probe = PictureProbe(page: page.session)
                var options = ScreenshotOptions()
                options.masks = [
                    try Selector("#plain"), try Selector("frame=#inner >> #framed"), try Selector("#shadowed"),
                    try Selector("#modal"),
                ]
                options.maskColor = "rgb(1, 2, 3)"
                options.secrets = ["ganzgeheim"]
                let bytes = try await page.picture(options)
                for name in ["plain", "framed", "shadowed", "modal", "password", "quoted", "revealed", "restless"] {
                    let place = try await page.session.evaluate("place('\(name)')", deadline: .seconds(30))
                    let (x, y) = (try #require(place["x"]?.int), try #require(place["y"]?.int))
                    #expect(try await probe.pixel(x, y, of: bytes) == "[1,2,3,255]", "\(name) at \(x), \(y)")
                }
                #expect(try await page.evaluate("leaks()") == "[]")
            }
        }

        @Test func `animations are at rest in a picture and go on afterwards, also in a frame (case 95)`() async throws
        {
            let inner =
                "<style>@keyframes m { to { margin-left: 100px } } b { animation: m 1s infinite }</style><b id=b>b</b>"
            let source = """
                <style>
                  @keyframes fade { from { background: rgb(0, 255, 0) } to { background: rgb(0, 254, 0) } }
                  #endless { width: 50px; height: 50px; background: rgb(255, 0, 0); animation: fade 1s infinite }
                  #finite { width: 50px; height: 50px; background: rgb(9, 9, 9); animation: fade 100s }
                </style>
                <body style='margin:0'><div id=endless></div><div id=finite></div>
                <iframe id=f srcdoc="\(inner)"></iframe>
                """
            try await withTestPage(source) { page in
                let probe = PictureProbe(page: page.session)
                let bytes = try await page.picture()
                #expect(try await probe.pixel(20, 20, of: bytes) == "[255,0,0,255]")
                #expect(try await probe.pixel(20, 70, of: bytes) == "[9,9,9,255]")
                let states = """
                    [endless.getAnimations()[0].playState, finite.getAnimations().length,
                     f.contentDocument.getElementById('b').getAnimations()[0].playState]
                    """
                #expect(try await page.evaluate(states) == "[\"running\",0,\"running\"]")
                var options = ScreenshotOptions()
                options.stopsAnimations = false
                #expect(try await probe.pixel(20, 20, of: try await page.picture(options)) != "[255,0,0,255]")
            }
        }

        @Test func `an element 15,000 pixels down or larger than the view is pictured whole (case 96)`() async throws {
            let source = """
                <body style='margin:0'><div style='height:15000px'></div>
                <div id=small style='width:40px;height:30px;background:rgb(255,0,0)'></div>
                <div style='height:200px;overflow:auto'><div style='height:900px'></div>
                <div id=inside style='width:60px;height:50px;background:rgb(0,0,255)'></div></div>
                <div id=large style='width:900px;height:2400px;background:rgb(0,128,0)'></div>
                """
            try await withTestPage(source) { page in
                let probe = PictureProbe(page: page.session)
                for (name, width, height, colour) in [
                    ("small", 40, 30, "255,0,0"), ("inside", 60, 50, "0,0,255"), ("large", 900, 2400, "0,128,0"),
                ] {
                    let bytes = try await page.session.picture(of: Selector("#\(name)"), until: page.soon).screenshot
                        .bytes
                    #expect(try await probe.size(bytes) == JSONText(stringLiteral: "[\(width),\(height)]"))
                    #expect(
                        try await probe.pixel(width / 2, height / 2, of: bytes)
                            == JSONText(stringLiteral: "[\(colour),255]")
                    )
                    #expect(
                        try await probe.pixel(width - 1, height - 1, of: bytes)
                            == JSONText(stringLiteral: "[\(colour),255]")
                    )
                }
            }
        }

        @Test func `a picture can be transparent, and styled for the moment`() async throws {
            try await withTestPage("<style>p { width: 50px; height: 50px; margin: 0 }</style><p>") { page in
                let probe = PictureProbe(page: page.session)
                var options = ScreenshotOptions()
                options.omitsBackground = true
                options.style = "p { background: rgb(7, 8, 9) }"
                let bytes = try await page.picture(options)
                #expect(try await probe.pixel(300, 300, of: bytes) == "[0,0,0,0]")
                #expect(try await probe.pixel(20, 20, of: bytes) == "[7,8,9,255]")
                let plain = try await page.picture()
                #expect(try await probe.pixel(20, 20, of: plain) == "[255,255,255,255]")
            }
        }

        @Test func `pictures asked for at once are taken one after the other`() async throws {
            try await withTestPage("<input type=password value=geheim>") { page in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<4 { group.addTask { try await page.picture().count } }
                    var sizes: Set<Int> = []
                    for try await size in group { sizes.insert(size) }
                    #expect(sizes.count == 1)
                }
            }
        }
    }
}

extension TestPage {
    func picture(_ options: ScreenshotOptions = .init()) async throws -> [UInt8] {
        try await session.picture(options, until: .now + .seconds(30)).screenshot.bytes
    }
}
