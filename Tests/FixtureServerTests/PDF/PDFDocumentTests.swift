import Testing

@testable import FixtureServer

@Suite struct PDFDocumentTests {
    @Test func `an invoice's PDF has its facts as text, and the same bytes every time`() throws {
        let invoice = try #require(InvoiceCatalogue()["2026-0114"])
        let bytes = invoice.pdf()
        #expect(bytes == invoice.pdf())
        #expect(invoice.customer == "Firma X GmbH")
        let text = String(decoding: bytes, as: UTF8.self)
        for fact in [invoice.number, invoice.customer, invoice.date.german, invoice.total.german] {
            #expect(text.contains("(\(fact)") || text.contains(fact))
        }
    }

    @Test func `the cross-reference table points at every object`() throws {
        let bytes = try #require(InvoiceCatalogue().invoices.last).pdf()
        let latin = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        let characters = Array(latin.unicodeScalars)
        let lines = latin.split(separator: "\n", omittingEmptySubsequences: false)
        let table = try #require(lines.lastIndex { $0 == "startxref" }.flatMap { Int(lines[$0 + 1]) })
        #expect(String(String.UnicodeScalarView(characters[table..<table + 4])) == "xref")
        let start = try #require(lines.firstIndex { $0 == "xref" })
        let count = try #require(lines[start + 1].split(separator: " ").last.flatMap { Int($0) })
        for number in 1..<count {
            let entry = lines[start + 2 + number]
            #expect(entry.utf8.count == 19, "an entry has 20 bytes with its line end")
            let offset = try #require(Int(entry.prefix(10)))
            let object = "\(number) 0 obj"
            let found = characters[offset..<offset + object.unicodeScalars.count]
            #expect(String(String.UnicodeScalarView(found)) == object)
        }
    }

    @Test func `text outside Latin-1 is replaced, brackets are escaped`() {
        var page = PDFDocument(title: "T", created: CalendarDay(year: 2026, month: 1, day: 2))
        page.text("a(b)\\ 漢 €ü", x: 1, y: 2)
        let bytes = page.bytes()
        let expected = Array("(a\\(b\\)\\\\ ? ".utf8) + [0x80, 0xFC] + Array(")".utf8)
        #expect(bytes.indices.contains { bytes[$0...].starts(with: expected) })
    }
}
