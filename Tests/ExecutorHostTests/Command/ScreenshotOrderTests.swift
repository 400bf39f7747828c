import BrowserAutomation
import Testing

@testable import ExecutorHost

struct ScreenshotOrderTests {
    @Test(arguments: [
        (["https://a.example/b?c"], "a.example.png"), (["a.example:8080/x"], "a.example.png"),
        (["a.example", "--pdf"], "a.example.pdf"), (["a.example", "-o", "b.jpg"], "b.jpg"),
        (["data:text/html,x"], "page.png"),
    ])
    func `the file is named after the page unless it is said`(words: [String], name: String) throws {
        #expect(try Self.order(words).fileName == name)
    }

    @Test func `the ending says the format, the options the rest`() throws {
        let order = try Self.order([
            "a.example", "-o", "x.webp", "--viewport", "800x600", "--wait", "networkidle", "--wait", "2s", "--wait",
            "#done",
            "--full-page", "--scale", "2",
        ])
        #expect(order.picture.format == .webp(quality: 85) && order.picture.area == .fullPage)
        #expect(order.viewport == (800, 600) && order.scale == 2)
        #expect(order.waits == [.state(.networkIdle), .pause(.seconds(2)), .element(try Selector("#done"))])
        #expect(try Self.order(["a.example", "-o", "x.pdf"]).isPDF)
        #expect(try Self.order(["a.example"]).page == .address("https://a.example"))
    }

    @Test(arguments: ["q.png", "q.JPG", "q.jpeg", "q.webp"])
    func `a print does not go into a file that says it is a picture`(file: String) throws {
        let error = #expect(throws: UsageError.self) { try Self.order(["a.example", "--pdf", "-o", file]) }
        #expect(error?.message == "-o: '\(file)' is a picture, and --pdf makes none; write .pdf, or leave out --pdf")
        #expect(try Self.order(["a.example", "--pdf", "-o", "q.pdf"]).isPDF)
        #expect(try Self.order(["a.example", "--pdf", "-o", "q"]).isPDF)
    }

    @Test(arguments: [
        ["a", "--viewport", "800"], ["a", "--scale", "x"], ["a", "-o", "x.gif"], ["a", "--timeout", "soon"],
        ["a", "--selector", "role="], ["a", "--viewport", "0x5"],
    ])
    func `what makes no sense is said with the option's name`(words: [String]) {
        let error = #expect(throws: UsageError.self) { try Self.order(words) }
        #expect(error?.message.hasPrefix(words[1]) == true, "\(error?.message ?? "")")
    }

    private static func order(_ words: [String]) throws -> ScreenshotOrder {
        try ScreenshotOrder(try CommandTable.screenshot.parse(words[...]))
    }
}
