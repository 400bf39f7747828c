/// Pages of a document as a scenario writes them: `1-3,5`, `-2` to the second, `7-` from the seventh.
enum PageRanges {
    /// Whether Chromium could take the text (Page.printToPDF, `pageRanges`); how many pages there are only the print tells.
    static func isWellFormed(_ text: String) -> Bool {
        text.split(separator: ",").map { trimmed($0) }.allSatisfy { $0.isEmpty || isRange($0) }
    }

    private static func isRange(_ text: Substring) -> Bool {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { trimmed($0) }
        var numbers: [Int] = []
        for end in ends where !end.isEmpty {
            guard end.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(end), number > 0 else {
                return false
            }
            numbers.append(number)
        }
        guard let first = numbers.first, let last = numbers.last else { return ends.count == 2 }
        return first <= last
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
