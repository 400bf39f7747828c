/// Finds personal data: form, check digits, and the words around.
///
/// Pure and linear in the text: every place is looked at a bounded number of times, nothing goes back.
package struct PersonalDataDetector: Sendable {
    private let threshold: Double

    /// - Parameter threshold: what is less sure is no finding, 0…1.
    package init(threshold: Double = 0.6) { self.threshold = threshold }

    /// Findings in the order of the text; none overlaps another.
    package func findings(in text: String) -> [PersonalData.Finding] { findings(in: Array(text.utf8)) }

    /// Findings in UTF-8.
    package func findings(in source: [UInt8]) -> [PersonalData.Finding] {
        let text = PlainText(source)
        var scan = PersonalDataScan(text.bytes)
        let kept = scan.run().filter { $0.score >= threshold }
        return Self.withoutOverlaps(kept).map { finding in
            var finding = finding
            finding.range = text.source(finding.range)
            return finding
        }
    }

    /// The text with findings blackened: `[iban …3000]`, `[email]`.
    package func masked(_ text: String, _ findings: [PersonalData.Finding]) -> String {
        guard !findings.isEmpty else { return text }
        let bytes = Array(text.utf8)
        var masked: [UInt8] = []
        var position = 0
        for finding in findings {
            masked += bytes[position..<finding.range.lowerBound]
            masked += Array("[\(finding.kind.rawValue)\(Self.tail(bytes[finding.range], finding.kind))]".utf8)
            position = finding.range.upperBound
        }
        return String(decoding: masked + bytes[position...], as: UTF8.self)
    }

    /// What lets people recognise an account they know, and nobody else.
    private static func tail(_ bytes: ArraySlice<UInt8>, _ kind: PersonalData.Kind) -> String {
        guard kind == .iban || kind == .card else { return "" }
        let plain = PlainText(Array(bytes)).bytes.filter { (48...57).contains($0) || (65...90).contains($0 & 0xDF) }
        return " …" + String(decoding: plain.suffix(4), as: UTF8.self)
    }

    /// Of two that overlap the surer one, of equals the longer.
    private static func withoutOverlaps(_ findings: [PersonalData.Finding]) -> [PersonalData.Finding] {
        var kept: [PersonalData.Finding] = []
        for finding in findings.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            guard let last = kept.last, last.range.overlaps(finding.range) else {
                kept.append(finding)
                continue
            }
            if (finding.score, finding.range.count) > (last.score, last.range.count) { kept[kept.count - 1] = finding }
        }
        return kept
    }
}
