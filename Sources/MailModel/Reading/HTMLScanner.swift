/// Gives the words of HTML that are shown, and its tags, in one go from the beginning to the end.
///
/// Every byte is taken from the iterator once, so the work grows with the length alone, whatever a mail says. Comments, scripts,
/// style sheets, titles and the words of a head are passed over. As in browsers a tag ends at a `>` outside of quotes, and what
/// is never closed hides all the rest. Source: HTML, Living Standard §13.2.5.
struct HTMLScanner<Bytes: IteratorProtocol>: Sequence, IteratorProtocol where Bytes.Element == UInt8 {
    private var bytes: Bytes
    /// The byte that was read last and is not used up; nil at the end.
    private var current: UInt8?
    private let kept: Set<String>
    private var isInHead = false

    /// - Parameter attributes: those whose values are wanted, in lower case.
    init(_ bytes: Bytes, keeping attributes: Set<String> = []) {
        self.bytes = bytes
        kept = attributes
        current = self.bytes.next()
    }

    mutating func next() -> HTMLToken? {
        while current != nil {
            if accept("<") {
                if let tag = markup() { return .tag(tag) }
            } else {
                let words = take { $0 != UInt8(ascii: "<") }
                if !isInHead { return .text(MailText.decodingEntities(words)) }
            }
        }
        return nil
    }

    // MARK: Markup

    /// What follows a `<`; nil when it is no tag.
    private mutating func markup() -> HTMLToken.Tag? {
        if accept("!") {
            if accept("-"), accept("-") { skipComment() } else { skipMalformed() }
            return nil
        }
        let isEnd = accept("/")
        guard let first = current, first.isLetter else {
            skipMalformed()
            return nil
        }
        let name = take { !$0.endsName }.lowercased()
        guard let attributes = attributes() else { return nil }
        let tag = HTMLToken.Tag(name: name, isEnd: isEnd, attributes: attributes)
        // The end tag of a head may be left out.
        if name == "head" || name == "body" { isInHead = name == "head" && !isEnd }
        if tag.hidesContent { skipContent(of: name) }
        return tag
    }

    /// Reads to the end of a tag; nil when the text ends before.
    private mutating func attributes() -> [String: String]? {
        var attributes: [String: String] = [:]
        while true {
            skip { $0.isSpace || $0 == UInt8(ascii: "/") }
            guard current != nil else { return nil }
            if accept(">") { return attributes }
            let (name, value) = attribute()
            if kept.contains(name), attributes[name] == nil { attributes[name] = MailText.decodingEntities(value) }
        }
    }

    private mutating func attribute() -> (name: String, value: String) {
        // An equals sign in front belongs to the name: without it nothing would be read.
        let start = accept("=") ? "=" : ""
        let name = start + take { !$0.endsName && $0 != UInt8(ascii: "=") }.lowercased()
        skip { $0.isSpace }
        guard accept("=") else { return (name, "") }
        skip { $0.isSpace }
        let quotes: [Unicode.Scalar] = ["\"", "'"]
        for quote in quotes where accept(quote) {
            let value = take { $0 != UInt8(ascii: quote) }
            _ = accept(quote)
            return (name, value)
        }
        return (name, take { !$0.isSpace && $0 != UInt8(ascii: ">") })
    }

    // MARK: What is passed over

    /// To the `-->`; `<!-->` is a whole comment.
    private mutating func skipComment() {
        var dashes = 2
        while let byte = current {
            advance()
            if byte == UInt8(ascii: ">"), dashes >= 2 { return }
            dashes = byte == UInt8(ascii: "-") ? dashes + 1 : 0
        }
    }

    /// To the `>` of a declaration or of a `<` that stands alone, or to the next `<`.
    private mutating func skipMalformed() {
        skip { $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "<") }
        _ = accept(">")
    }

    /// To the end tag of that name, which is passed over too.
    private mutating func skipContent(of name: String) {
        while current != nil {
            skip { $0 != UInt8(ascii: "<") }
            guard accept("<"), accept("/") else { continue }
            let found = take { $0.isLetter }.lowercased()
            if found == name, current?.endsName ?? true {
                _ = attributes()
                return
            }
        }
    }

    // MARK: Bytes

    private mutating func advance() { current = bytes.next() }

    private mutating func accept(_ wanted: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: wanted) else { return false }
        advance()
        return true
    }

    private mutating func take(while belongs: (UInt8) -> Bool) -> String {
        var taken: [UInt8] = []
        while let byte = current, belongs(byte) {
            taken.append(byte)
            advance()
        }
        return String(decoding: taken, as: UTF8.self)
    }

    private mutating func skip(while belongs: (UInt8) -> Bool) {
        while let byte = current, belongs(byte) { advance() }
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == 0x20 || self == 0x09 || (0x0A...0x0D).contains(self) }
    fileprivate var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
    /// Whether it ends the name of a tag.
    fileprivate var endsName: Bool { isSpace || self == UInt8(ascii: "/") || self == UInt8(ascii: ">") }
}
