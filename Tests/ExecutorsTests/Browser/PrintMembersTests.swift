import BrowserAutomation
import JSON
import JobModel
import Testing

@testable import Executors

/// Members of a print, as a scenario writes them.
@Suite struct PrintMembersTests {
    private func task(_ fields: JSONObject) -> ToDo { ToDo(id: "t", index: 0, action: .pdf, fields: fields) }

    @Test func `a number is taken where text is wanted`() throws {
        let task = task(["pages": 3, "name": 5, "width": 96])
        let options = try task.pdfOptions()
        #expect(options.pageRanges == "3" && options.paper.width == 1)
        #expect(try task.artifactName("pdf") == "5.pdf")
    }

    @Test func `lengths are inches, whatever they were written in`() throws {
        let options = try task(["height": "254mm", "margin": ["top": "2.54cm", "left": "1in", "right": "96px"]])
            .pdfOptions()
        #expect(abs(options.paper.height - 10) < 1e-9)
        #expect(options.margins == PDFOptions.Margins(top: 1, right: 1, bottom: 0, left: 1))
        #expect(throws: StepFailure.self) { try task(["margin": ["top": "1ell"]]).pdfOptions() }
    }
}
