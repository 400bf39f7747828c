import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

extension ActionTests {
    @Suite struct UploadCaseTests {
        private func upload(
            _ page: TestPage,
            _ selector: String,
            _ files: [UploadSource],
            asDirectory folder: String? = nil,
            within limit: Duration = .seconds(20)
        ) async throws {
            let staged = try await page.context.browser.stageUploads(files, asDirectory: folder)
            do {
                try await page.session.upload(Selector(selector), staged, until: .now + limit)
            } catch {
                await page.context.browser.discardUploads(staged.directory)
                throw error
            }
        }

        @Test func `a file is put into its field, with input and change (case 51)`() async throws {
            let source = """
                <label>Beleg <input id=f type=file></label><script>window.events = [];
                for (const type of ["input", "change"]) f.addEventListener(type, (e) => events.push(type + e.bubbles + e.composed))</script>
                """
            try await withTestPage(source) { page in
                try await upload(page, "label=Beleg", [UploadSource(name: "a.txt", .bytes(Array("hallo".utf8)))])
                #expect(try await page.evaluate("f.files[0].text()") == "\"hallo\"")
                #expect(try await page.evaluate("events") == "[\"inputtruetrue\",\"changetruefalse\"]")
            }
        }

        @Test func `a file of 60 MB arrives whole (case 52)`() async throws {
            try await withTemporaryDirectory { directory in
                let path = "\(directory)/large"
                try Data(repeating: 7, count: 60_000_000).write(to: URL(filePath: path))
                try await withTestPage("<input id=f type=file>") { page in
                    try await upload(
                        page,
                        "#f",
                        [UploadSource(name: "large.bin", .file(path: path))],
                        within: .seconds(60)
                    )
                    #expect(try await page.evaluate("[f.files[0].name, f.files[0].size]") == "[\"large.bin\",60000000]")
                    #expect(try await page.evaluate("f.files[0].slice(-2).text()") == "\"\\u0007\\u0007\"")
                }
            }
        }

        @Test func `a file chooser is answered, also that of a field that is not on the page (case 53)`() async throws {
            let source = """
                <button id=b>W\u{E4}hlen</button><button id=dead>Nichts</button><script>
                b.onclick = () => {
                  const field = document.createElement("input");
                  field.type = "file";
                  field.onchange = () => { document.title = field.files[0].name; };
                  field.click();
                };</script>
                """
            try await withTestPage(source) { page in
                try await upload(page, "#b", [UploadSource(name: "a.txt", .bytes([65]))])
                #expect(try await page.evaluate("document.title") == "\"a.txt\"")
                let two = [UploadSource(name: "a", .bytes([])), UploadSource(name: "b", .bytes([]))]
                #expect(await failure { try await upload(page, "#b", two) }?.code == .invalidInput)
                let silent = await failure { try await upload(page, "#dead", two, within: .seconds(1)) }
                #expect(silent?.message.contains("opened no file chooser") == true)
            }
        }

        @Test func `a directory goes into a field for directories, files of one name stay apart`() async throws {
            try await withTestPage("<input id=d type=file webkitdirectory><input id=m type=file multiple>") { page in
                let tree = [UploadSource(name: "x/a.txt", .bytes([65])), UploadSource(name: "b.txt", .bytes([66]))]
                try await upload(page, "#d", tree, asDirectory: "belege")
                let paths = "[...d.files].map((file) => file.webkitRelativePath).sort()"
                #expect(try await page.evaluate(paths) == "[\"belege/b.txt\",\"belege/x/a.txt\"]")
                let same = [UploadSource(name: "a", .bytes([65])), UploadSource(name: "a", .bytes([66]))]
                try await upload(page, "#m", same)
                #expect(
                    try await page.evaluate("Promise.all([...m.files].map((file) => file.text()))") == "[\"A\",\"B\"]"
                )
                #expect(await failure { try await upload(page, "#d", same) }?.message.contains("directory:") == true)
            }
        }
    }
}
