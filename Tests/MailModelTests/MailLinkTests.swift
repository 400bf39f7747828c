import Testing

@testable import MailModel

@Suite struct MailLinkTests {
    private static func urls(_ html: String) -> [String] { MailLink.find(html: html).map(\.url) }

    @Test(
        arguments: [
            ("<a data-href='https://no.example' href='https://yes.example'>x</a>", ["https://yes.example"]),
            ("<a xhref='https://no.example'>x</a>", []),
            ("<a title='a > b' href='https://yes.example'>x</a>", ["https://yes.example"]),
            ("<a href='https://first.example' href='https://no.example'>x</a>", ["https://first.example"]),
            ("<a\nHREF = https://yes.example/a/b>x</a>", ["https://yes.example/a/b"]),
            ("<!-- <a href='https://no.example'>x</a> --><a href='https://yes.example'>y</a>", ["https://yes.example"]),
            ("<!--[if mso]><a href='https://no.example'>x</a><![endif]-->", []),
            ("<!--[if !mso]><!--><a href='https://yes.example'>x</a><!--<![endif]-->", ["https://yes.example"]),
            ("<script>'<a href=https://no.example>'</script><style>/* https://no.example */</style>", []),
            ("<a/href='https://yes.example'>x</a>", ["https://yes.example"]),
            ("1 < 2 <a href='https://yes.example'>x</a>", ["https://yes.example"]),
            ("<a href='https://no.example", []), ("<a href='https://'>x</a>", []),
        ] as [(String, [String])]
    )
    func `a link is what a browser takes for one`(html: String, urls: [String]) {
        #expect(Self.urls(html) == urls)
    }

    @Test func `the words of a picture are the words of its link`() {
        let html = "<a href='https://a.example'><img src='https://p.example/b.png' alt='Jetzt best&auml;tigen'></a>"
        #expect(MailLink.find(html: html) == [MailLink(url: "https://a.example", text: "Jetzt bestätigen")])
    }

    @Test func `addresses in the text are links in their place, those within the words of a link are not`() {
        let html = """
            <head><title>https://no.example</title></head>
            <p>Bitte https://a.example/x?y=1&amp;z=2.</p>https://b.exam<b>ple</b><br>
            <a href="https://c.example">https://no.example</a> <a href="mailto:a@b.de">https://no.example</a>
            <a name="top">https://d.example</a> &lt;https://e.example&gt; https://
            """
        #expect(
            Self.urls(html) == [
                "https://a.example/x?y=1&z=2", "https://b.example", "https://c.example", "https://d.example",
                "https://e.example",
            ]
        )
    }

    @Test func `a link that nobody closes ends at the next one`() {
        let html = String(repeating: "<a href='https://x.example'>k ", count: 20)
        #expect(MailLink.find(html: html) == Array(repeating: MailLink(url: "https://x.example", text: "k"), count: 20))
    }

    @Test func `a link that nobody closes ends at a bound, and what follows is looked through`() {
        let words = String(repeating: "wort ", count: 2000)
        let links = MailLink.find(html: "<a href='https://x.example'>\(words)<b>\(words)</b>https://y.example")
        #expect(links.map(\.url) == ["https://x.example", "https://y.example"])
        #expect((8000...MailLinkFinder.wordsLimit).contains(links[0].text.utf8.count))
    }

    @Test func `links and bytes are bounded`() {
        let link = "<a href='https://x.example'>k</a>"
        #expect(Self.urls(String(repeating: link, count: 600)).count == MailLink.most)
        #expect(Self.urls(String(repeating: "https://x.example ", count: 600)).count == MailLink.most)
        let far = String(repeating: " ", count: MailLink.bodyLimit)
        #expect(Self.urls(link + far + link).count == 1)
        #expect(MailLink.find(text: far + "https://x.example").isEmpty)
    }
}
