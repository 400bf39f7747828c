@_spi(_Unicode) import Swift

/// A sentence as rules look at it.
struct Sentence {
    /// One space where there was white space, none at the ends, composed (NFC), UTF-8.
    let bytes: [UInt8]
    /// Its words in lower case.
    let words: Set<String>
    /// The same as bytes: beginnings are compared a hundred times a sentence.
    private let spelled: [[UInt8]]
    /// Where it says that something is not to be done.
    let negations: [Range<Int>]

    init(_ message: String) {
        let text = Self.composed(message.split(whereSeparator: \.isWhitespace).joined(separator: " "))
        bytes = Array(text.utf8)
        words = Set(text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init))
        negations = Negation.isPossible(among: words) ? Negation.ranges(in: text) : []
        spelled = words.map { Array($0.utf8) }
    }

    /// What it asks for, without greetings and thanks around it; nil when there are none.
    var request: Sentence? {
        Politeness.removed(from: bytes).map { Sentence(String(decoding: $0, as: UTF8.self)) }
    }

    /// Patterns and keywords are compared byte by byte, and some keyboards and file names spell `ü` as two code points.
    private static func composed(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text._nfc { scalars.append(scalar) }
        return String(scalars)
    }

    /// Whether the word, or one that begins so, is there.
    func has(_ keyword: Keyword) -> Bool {
        keyword.isPrefix ? spelled.contains { $0.starts(with: keyword.bytes) } : words.contains(keyword.text)
    }
}
