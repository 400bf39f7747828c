import Testing

@testable import MailModel

@Suite struct HTMLScannerTests {
    /// Hands out bytes and counts how many were asked for.
    private struct CountedBytes: IteratorProtocol {
        final class Count {
            var value = 0
        }

        let count = Count()
        var bytes: String.UTF8View.Iterator

        mutating func next() -> UInt8? {
            count.value += 1
            return bytes.next()
        }
    }

    private static func tokens(_ html: String) -> [HTMLToken] {
        Array(HTMLScanner(html.utf8.makeIterator(), keeping: ["href"]))
    }

    @Test func `words and tags come in their order, with the attributes that were asked for`() {
        #expect(
            Self.tokens("a &amp; b<A class=x HREF = \"/y?a&amp;b\">c</a ><br/>") == [
                .text("a & b"), .tag(.init(name: "a", isEnd: false, attributes: ["href": "/y?a&b"])), .text("c"),
                .tag(.init(name: "a", isEnd: true, attributes: [:])),
                .tag(.init(name: "br", isEnd: false, attributes: [:])),
            ]
        )
    }

    @Test(arguments: [
        ("<!-->a", "a"), ("<!--->a", "a"), ("<!-- > -- >->-->a", "a"), ("<!doctype html>a", "a"), ("<?xml x?>a", "a"),
        ("<script></scripts></script >a", "a"), ("<style></style/>a", "a"), ("<!-- a", ""), ("<script>a", ""),
        ("<b title='>'>a", "a"), ("<b title='a", ""), ("<b =>a", "a"), ("<b a=>a", "a"), ("</>a", "a"),
        ("<head>x<body>a", "a"), ("<head>x</head>a<header>b", "ab"),
    ])
    func `what is hidden, malformed or never closed ends where it does in a browser`(html: String, words: String) {
        let text = Self.tokens(html).map { token in
            if case .text(let words) = token { words } else { "" }
        }
        #expect(text.joined() == words)
    }

    @Test(arguments: [
        "<a ", "<a href='https://x.example'>k ", "<a href='", "<a title=\">", "<", "</a", "<!", "<!--", "-->", "<!-- >",
        "<script>", "<script></script", "<head>", "<b a=b ", "&", "&amp", "k ", "https://x.example<a href=https://",
    ])
    func `every byte of a hostile mail is read once, and no word is told twice`(piece: String) {
        let html = String(repeating: piece, count: 20_000)
        let bytes = CountedBytes(bytes: html.utf8.makeIterator())
        var shown = 0
        for token in HTMLScanner(bytes, keeping: ["href", "alt"]) {
            switch token {
            case .text(let words): shown += words.utf8.count
            case .tag(let tag): shown += tag.attributes.reduce(tag.name.utf8.count) { $0 + $1.value.utf8.count }
            }
        }
        #expect(bytes.count.value == html.utf8.count + 1)
        #expect(shown <= html.utf8.count)
        let linked = MailLink.find(html: html).reduce(0) { $0 + $1.url.utf8.count + $1.text.utf8.count }
        #expect(linked <= html.utf8.count)
        #expect(MailText.plain(html: html).utf8.count <= html.utf8.count)
    }
}
