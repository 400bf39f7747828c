/// A length on paper as a scenario writes it: `21cm`, `210mm`, `8.27in`, `794px`; a bare number is pixels.
package enum PaperLength {
    /// In inches; nil when the text is no length.
    package static func inches(_ text: String) -> Double? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let number = Double(digits) else { return nil }
        return switch text.dropFirst(digits.count) {
        case "in": number
        case "cm": number / 2.54
        case "mm": number / 25.4
        case "px", "": number / 96
        default: nil
        }
    }
}
