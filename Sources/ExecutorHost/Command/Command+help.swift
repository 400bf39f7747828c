import JobModel

extension Command {
    /// What `cpa <name> --help` prints, made of the same table the parser reads.
    package var help: String {
        let words = arguments.map { $0.isOptional ? "[\($0.name)]" : $0.name }
        let usage = (["cpa", name] + words + ["[options]"]).joined(separator: " ")
        var text = "\(summary)\n\nUSAGE\n  \(usage)\n"
        if !options.isEmpty { text += "\nOPTIONS\n\(Self.table(options))" }
        text += "\nCOMMON OPTIONS\n\(Self.table(Self.common))"
        if !examples.isEmpty { text += "\nEXAMPLES\n" + examples.map { "  \($0)\n" }.joined() }
        return text
    }

    private static func table(_ options: [Option]) -> String {
        columns(options.map { ($0.usage, $0.summary) })
    }

    /// Rows of two columns, indented.
    static func columns(_ rows: [(String, String)]) -> String {
        let width = (rows.map(\.0.count).max() ?? 0) + 2
        return rows.map { left, right in
            "  " + left + String(repeating: " ", count: width - left.count) + right + "\n"
        }.joined()
    }

    /// `; did you mean '--json'?`, or nothing.
    func suggestion(for word: String, among candidates: [String]) -> String {
        Suggestion.phrase(for: word, among: candidates)
    }
}
