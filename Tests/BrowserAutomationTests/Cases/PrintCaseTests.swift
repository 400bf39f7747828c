import FoundationEssentials
import TestSupport
import Testing

@testable import BrowserAutomation

extension ActionTests {
    struct PrintCaseTests {
        @Test func `a page prints into a file, with the paper, pages and headings asked for (case 96)`() async throws {
            let source = """
                <h1>Rechnung</h1><h2>Positionen</h2><div style='height:5000px'></div><p>Ende</p>
                """
            try await withTestPage(source) { page in
                try await withTemporaryDirectory { directory in
                    var options = PDFOptions()
                    options.paper = .a5
                    options.isLandscape = true
                    options.pageRanges = "1-2"
                    options.hasOutline = true
                    options.margins = .init(top: 1, right: 0, bottom: 1, left: 0)
                    options.footer = "<p style='font-size:9px'><span class=pageNumber></span></p>"
                    let path = "\(directory)/a.pdf"
                    let count = try await page.session.pdf(options, to: path, until: page.soon)
                    let text = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
                    #expect(text.utf8.count >= count && text.hasPrefix("%PDF-"))
                    #expect(text.contains("/Count 2"))
                    #expect(text.contains("/Outlines"))
                    // 8.27 × 5.83 inches in points.
                    #expect(text.contains("/MediaBox [0 0 595") || text.contains("/MediaBox [0 0 596"))
                }
            }
        }

        @Test func `a print leaves out what must not be seen, and the page is then as it was (case 96)`() async throws {
            let source = """
                <title>Konto ganzgeheim</title><p id=told>Es ist ganzgeheim.</p><p id=split>ganz<b>geheim</b></p>
                <p id=plain>Rechnung</p><input id=field value=ganzgeheim><input id=word type=password value=x>
                <a id=link href='/?q=ganz%67eheim'>hier</a><img id=picture alt=ganzgeheim>
                <select id=list><option>ganzgeheim</select><p id=late></p>
                <script>
                  window.seen = [];
                  const note = () => window.seen.push([document.title, ...[...document.querySelectorAll("body [id]")]
                    .filter((each) => getComputedStyle(each).visibility === "visible").map((each) => each.id)].join(" "));
                  addEventListener("beforeprint", () => { note(); late.textContent = "ganzgeheim"; });
                  addEventListener("afterprint", note);
                </script>
                """
            try await withTestPage(source) { page in
                try await withTemporaryDirectory { directory in
                    var options = PDFOptions()
                    options.secrets = ["ganzgeheim"]
                    let path = "\(directory)/a.pdf"
                    _ = try await page.session.pdf(options, to: path, until: page.soon)
                    let text = String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
                    #expect(!text.contains("geheim"))
                    // What comes when the page hears of the print is left out as well.
                    #expect(try await page.evaluate("seen") == #"["Konto ••• plain late","Konto ••• plain"]"#)
                    let after = "[document.title, field.value, getComputedStyle(told).visibility]"
                    #expect(try await page.evaluate(after) == #"["Konto ganzgeheim","ganzgeheim","visible"]"#)
                }
            }
        }

        @Test func `neither does it show what insists on being seen (case 96)`() async throws {
            let source = """
                <style>.visible { visibility: visible !important; transition: all 1s }</style>
                <p id=firm class=visible>ganzgeheim</p><p id=own style='visibility:visible !important'>ganzgeheim</p>
                <p id=outer>ganz<b id=inner style='visibility:visible'>geheim</b></p><p id=plain class=visible>Rechnung</p>
                <script>
                  addEventListener("beforeprint", () => {
                    window.seen = [...document.querySelectorAll("[id]")]
                      .filter((each) => getComputedStyle(each).visibility === "visible").map((each) => each.id).join();
                  });
                </script>
                """
            try await withTestPage(source) { page in
                try await withTemporaryDirectory { directory in
                    var options = PDFOptions()
                    options.secrets = ["ganzgeheim"]
                    _ = try await page.session.pdf(options, to: "\(directory)/a.pdf", until: page.soon)
                    #expect(try await page.evaluate("seen") == #""plain""#)
                    let after = "[firm.getAttribute('style'), own.style.cssText, inner.style.cssText]"
                    #expect(
                        try await page.evaluate(after)
                            == #"[null,"visibility: visible !important;","visibility: visible;"]"#
                    )
                }
            }
        }

        @Test func `what Chromium does not print is the caller's mistake, in its words`() async throws {
            try await withTestPage("<p>kurz") { page in
                try await withTemporaryDirectory { directory in
                    var options = PDFOptions()
                    options.pageRanges = "7-9"
                    let error = await failure {
                        try await page.session.pdf(options, to: "\(directory)/a.pdf", until: page.soon)
                    }
                    #expect(error?.code == .invalidInput)
                    #expect(FileManager.default.contents(atPath: "\(directory)/a.pdf") == nil)
                }
            }
        }
    }
}
