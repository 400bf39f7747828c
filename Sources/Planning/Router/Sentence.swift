/// A sentence as rules look at it.
struct Sentence {
    /// One space where there was white space, none at the ends, UTF-8.
    let bytes: [UInt8]
    /// Its words in lower case.
    let words: Set<String>

    init(_ message: String) {
        let text = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        bytes = Array(text.utf8)
        words = Set(text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init))
    }
}
