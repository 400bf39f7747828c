import BrowserAutomation
import JSON
import JobModel

extension CommandTable {
    static let screenshot = Command(
        name: "screenshot",
        summary: "Takes a picture of a web page, or prints it; needs no server.",
        arguments: [.init(name: "URL")],
        options: [
            .value("-o", "file", "where to; its ending says the format: png, jpg, webp, pdf (the page's name.png)"),
            .flag("--full-page", "the whole page, not only what is in view"),
            .value("--selector", "selector", "only this element"),
            .value("--viewport", "WxH", "size of the view in pixels (1280x720)"),
            .value("--scale", "number", "device pixels in one pixel of the page (1)"),
            .value(
                "--wait",
                "what",
                "before: a duration, load, domcontentloaded, networkidle, or a selector to be visible",
                isRepeatable: true
            ),
            .value("--mask", "selector", "elements to cover", isRepeatable: true),
            .flag("--pdf", "print it instead"), .value("--timeout", "duration", "for all of it (60s)"),
            .setting("--browser", "path", .browserPath),
        ],
        examples: [
            "cpa screenshot https://example.com", "cpa screenshot example.com --full-page -o page.webp",
            "cpa screenshot report.html --pdf -o report.pdf",
            "cpa screenshot https://example.com --selector 'role=table' --wait networkidle",
        ],
        run: { invocation in
            let order = try ScreenshotOrder(invocation.arguments)
            let written = try await PagePicture(order, invocation.configuration).take()
            for file in written {
                if invocation.isJSON {
                    invocation.terminal.result(file.json.text())
                } else {
                    invocation.terminal.result("\(file.path)  \(ByteCount.text(file.bytes))")
                }
            }
            return .ok
        }
    )
}
