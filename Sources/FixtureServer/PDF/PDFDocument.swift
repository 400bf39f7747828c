/// A PDF of one A4 page with text in the standard Helvetica fonts; the same calls make the same bytes.
///
/// Source: ISO 32000-1 §7.5 (file structure), §9.4 (text), annex D (WinAnsiEncoding). Units are points from the lower left
/// corner; the page is 595 × 842.
struct PDFDocument {
    /// The two fonts.
    enum Font: String {
        case regular = "F1"
        case bold = "F2"
    }

    private let title: String
    private let created: CalendarDay
    private var content: [UInt8] = []

    /// An empty page.
    init(title: String, created: CalendarDay) {
        self.title = title
        self.created = created
    }

    /// Writes text from `x` rightwards.
    mutating func text(_ text: String, x: Int, y: Int, size: Int = 11, font: Font = .regular) {
        append("BT /\(font.rawValue) \(size) Tf \(x) \(y) Td (")
        content += Self.escaped(Self.winAnsi(text))
        append(") Tj ET\n")
    }

    /// Writes an amount that ends at `x`; digits and separators only, whose widths are known.
    mutating func amount(_ amount: String, endingAt x: Int, y: Int, size: Int = 11, font: Font = .regular) {
        let thousandths = amount.reduce(0) { $0 + ($1.isNumber || $1 == "€" ? 556 : $1 == "-" ? 333 : 278) }
        text(amount, x: x - thousandths * size / 1000, y: y, size: size, font: font)
    }

    /// Draws a thin horizontal line.
    mutating func line(from x: Int, to end: Int, y: Int) {
        append("0.5 w \(x) \(y) m \(end) \(y) l S\n")
    }

    /// The file.
    func bytes() -> [UInt8] {
        let day = created.iso8601.filter { $0 != "-" }
        let objects: [[UInt8]] = [
            Array("<< /Type /Catalog /Pages 2 0 R /Lang (de-DE) >>".utf8),
            Array("<< /Type /Pages /Kids [3 0 R] /Count 1 >>".utf8),
            Array(
                """
                << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R \
                /Resources << /Font << /F1 4 0 R /F2 5 0 R >> >> >>
                """.utf8
            ),
            Array("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".utf8),
            Array("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>".utf8),
            Array("<< /Length \(content.count) >>\nstream\n".utf8) + content + Array("\nendstream".utf8),
            Array("<< /Title (".utf8) + Self.escaped(Self.winAnsi(title))
                + Array(") /Producer (cpa fixtures) /CreationDate (D:\(day)090000Z) >>".utf8),
        ]
        // The comment of high bytes tells transfer programs that the file is binary.
        var file = Array("%PDF-1.4\n%".utf8) + [0xE2, 0xE3, 0xCF, 0xD3, 0x0A]
        var offsets: [Int] = []
        for (index, object) in objects.enumerated() {
            offsets.append(file.count)
            file += Array("\(index + 1) 0 obj\n".utf8) + object + Array("\nendobj\n".utf8)
        }
        let table = file.count
        file += Array("xref\n0 \(objects.count + 1)\n0000000000 65535 f \n".utf8)
        for offset in offsets {
            let digits = String(offset)
            file += Array((String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n").utf8)
        }
        file += Array("trailer\n<< /Size \(objects.count + 1) /Root 1 0 R /Info 7 0 R >>\n".utf8)
        file += Array("startxref\n\(table)\n%%EOF\n".utf8)
        return file
    }

    private mutating func append(_ text: String) { content += Array(text.utf8) }

    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte in
            [UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\")].contains(byte)
                ? [UInt8(ascii: "\\"), byte] : [byte]
        }
    }

    /// WinAnsi is Latin-1 but for 0x80–0x9F; of those only the euro sign and the dash are needed here.
    private static func winAnsi(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "€": 0x80
            case "–": 0x96
            default:
                scalar.value < 0x80 || (0xA0...0xFF).contains(scalar.value) ? UInt8(scalar.value) : UInt8(ascii: "?")
            }
        }
    }
}
