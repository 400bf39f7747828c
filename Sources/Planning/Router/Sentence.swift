/// A sentence as rules look at it.
struct Sentence {
    /// One space where there was white space, none at the ends, UTF-8.
    let bytes: [UInt8]
    /// Its words in lower case.
    let words: Set<String>
    /// The same as bytes: beginnings are compared a hundred times a sentence.
    private let spelled: [[UInt8]]
    /// Where it says that something is not to be done.
    let negations: [Range<Int>]

    init(_ message: String) {
        let text = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        bytes = Array(text.utf8)
        words = Set(text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init))
        negations = Negation.isPossible(among: words) ? Negation.ranges(in: text) : []
        spelled = words.map { Array($0.utf8) }
    }

    /// Whether the word, or one that begins so, is there.
    func has(_ keyword: Keyword) -> Bool {
        keyword.isPrefix ? spelled.contains { $0.starts(with: keyword.bytes) } : words.contains(keyword.text)
    }
}
