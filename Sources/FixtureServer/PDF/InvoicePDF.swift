extension Invoice {
    /// The invoice as a PDF; the same bytes every time.
    func pdf() -> [UInt8] {
        var page = PDFDocument(title: "Rechnung \(number)", created: date)
        page.text("Kanzlei Beispiel", x: 60, y: 780, size: 18, font: .bold)
        page.text("Musterstraße 1 · 10115 Berlin", x: 60, y: 762, size: 9)
        page.text("An", x: 60, y: 720, size: 9)
        page.text(customer, x: 60, y: 704, size: 12, font: .bold)
        page.text("Rechnung \(number)", x: 60, y: 650, size: 16, font: .bold)
        page.text("Rechnungsdatum: \(date.german)", x: 60, y: 630)

        page.text("Leistung", x: 60, y: 590, font: .bold)
        page.text("Menge", x: 300, y: 590, font: .bold)
        page.text("Einzelpreis", x: 370, y: 590, font: .bold)
        page.text("Betrag", x: 498, y: 590, font: .bold)
        page.line(from: 60, to: 535, y: 583)
        var y = 566
        for item in items {
            page.text(item.text, x: 60, y: y)
            page.amount(String(item.quantity), endingAt: 335, y: y)
            page.amount(item.unitPrice.german + " €", endingAt: 430, y: y)
            page.amount(item.total.german + " €", endingAt: 535, y: y)
            y -= 18
        }
        page.line(from: 60, to: 535, y: y + 7)
        for (label, money) in [("Netto", net), ("Umsatzsteuer 19 %", tax)] {
            y -= 10
            page.text(label, x: 300, y: y)
            page.amount(money.german + " €", endingAt: 535, y: y)
            y -= 8
        }
        y -= 14
        page.text("Gesamtbetrag", x: 300, y: y, size: 12, font: .bold)
        page.amount(total.german + " €", endingAt: 535, y: y, size: 12, font: .bold)
        page.text("Zahlbar innerhalb von 14 Tagen ohne Abzug.", x: 60, y: y - 50, size: 9)
        return page.bytes()
    }
}
