/// Gathers the links of HTML from its tokens: anchors with their words, and addresses that stand in the text.
struct MailLinkFinder {
    /// Bytes of the words of one link at most: an anchor that nobody closes ends there.
    static let wordsLimit = 8 << 10

    private var links: [MailLink] = []
    /// Words outside of anchors that were not looked through yet.
    private var text = ""
    /// The anchor that is open; its words come in one by one.
    private var anchor: (url: String, words: String)?

    /// Whether it takes no more links.
    var isFull: Bool { links.count >= MailLink.most }

    /// Takes the next token; it must have the attributes `href` and `alt`.
    mutating func take(_ token: HTMLToken) {
        switch token {
        case .text(let words): add(words)
        case .tag(let tag) where tag.name == "a":
            close()
            // Without an address it is a place to jump to, and the text goes on.
            if !tag.isEnd, let url = tag.attributes["href"] {
                lookThrough()
                anchor = (url.trimmed, "")
            }
        case .tag(let tag):
            if tag.name == "img", anchor != nil {
                add(" \(tag.attributes["alt"] ?? "") ")
            } else {
                add(tag.separator)
            }
        }
    }

    /// All links in their order, once the text is at its end.
    mutating func finish() -> [MailLink] {
        close()
        lookThrough()
        return links
    }

    private mutating func add(_ words: String) {
        guard anchor != nil else {
            text += words
            return
        }
        anchor?.words += words
        guard let all = anchor?.words.utf8, all.count > Self.wordsLimit else { return }
        anchor?.words = String(decoding: all.prefix(Self.wordsLimit), as: UTF8.self)
        close()
        text = String(decoding: all.dropFirst(Self.wordsLimit), as: UTF8.self)
    }

    private mutating func close() {
        guard let closed = anchor else { return }
        anchor = nil
        if !isFull, MailLink.isWeb(closed.url) {
            links.append(MailLink(url: closed.url, text: MailText.tidy(closed.words)))
        }
    }

    private mutating func lookThrough() {
        links += MailLink.find(text: text).prefix(MailLink.most - links.count)
        text = ""
    }
}
