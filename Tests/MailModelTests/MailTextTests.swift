import Testing

@testable import MailModel

@Suite struct MailTextTests {
    @Test(arguments: [
        ("<p>Guten Tag,</p><p>Ihr Code: <b>123456</b></p>", "Guten Tag,\n\nIhr Code: 123456"),
        ("a<br>b<br/>c", "a\nb\nc"), ("a &amp; b &lt;c&gt; &#8364; &#x20ac; &uuml;", "a & b <c> € € ü"),
        ("<style>p{color:red}</style>x<script>alert('<p>')</script>y", "xy"), ("<!-- <p>no</p> -->yes", "yes"),
        ("a   \n  b", "a\nb"), ("1 < 2", "1"), ("&unknown; &amp", "&unknown; &amp"), ("", ""), ("<", ""),
        ("<td>a</td><td>b</td>", "a b"), ("<HEAD><TITLE>t</TITLE></HEAD><BODY>b</BODY>", "b"),
        ("&#1114112;&#xD800;", "&#1114112;&#xD800;"),
    ])
    func `HTML becomes its words`(html: String, text: String) {
        #expect(MailText.plain(html: html) == text)
    }

    @Test func `links are found with their words, and only those to the web`() {
        let html = """
            <a class="x" href="https://portal.example/confirm?a=1&amp;b=2">Best&auml;tigen <b>Sie</b></a>
            <A HREF='http://x.example'>x</A> <a href=https://bare.example/y>y</a> <a href="javascript:alert(1)">no</a>
            <a name="anchor">no</a> <abbr href="https://no.example">no</abbr> <a href="mailto:a@b.de">no</a>
            """
        #expect(
            MailLink.find(html: html) == [
                MailLink(url: "https://portal.example/confirm?a=1&b=2", text: "Bestätigen Sie"),
                MailLink(url: "http://x.example", text: "x"), MailLink(url: "https://bare.example/y", text: "y"),
            ]
        )
        #expect(
            MailLink.find(text: "Bitte <https://a.example/x?y=1> oder (http://b.example), ftp://c.example.").map(\.url)
                == ["https://a.example/x?y=1", "http://b.example"]
        )
    }

    @Test func `words become HTML that shows them, and stand in front of what the body has`() {
        #expect(MailText.html(plain: "a < b\nc & d") == "<div>a &lt; b<br>c &amp; d</div>")
        #expect(
            MailText.inserting("<p>new</p>", intoBodyOf: "<html><body dir=\"ltr\">old</body></html>")
                == "<html><body dir=\"ltr\"><p>new</p>old</body></html>"
        )
        #expect(MailText.inserting("new", intoBodyOf: "old") == "newold")
    }

    @Test(arguments: [
        ("inbox", FolderReference.purpose(.inbox)), ("Sent", .purpose(.sent)), ("sentitems", .purpose(.sent)),
        ("trash", .purpose(.trash)), ("deleteditems", .purpose(.trash)), ("spam", .purpose(.junk)),
        ("Kunden/Müller", .path(["Kunden", "Müller"])), ("Rechnungen", .path(["Rechnungen"])),
    ])
    func `a folder is named by purpose or way`(text: String, folder: FolderReference) {
        #expect(FolderReference(text) == folder)
    }

    @Test func `a word that could be an id is a name first`() {
        #expect(FolderReference("AQMkAAAAAAAAAQwAAAA=") == .path(["AQMkAAAAAAAAAQwAAAA="]))
        #expect(FolderReference("AQMkAAAAAAAAAQwAAAA=").possibleID == "AQMkAAAAAAAAAQwAAAA=")
        #expect(FolderReference("Rechnungen").possibleID == nil)
        #expect(FolderReference("Kunden/AQMkAAAAAAAAAQwAAAA=").possibleID == nil)
    }

    @Test func `a long word of the alphabet of ids is an id`() {
        let id = "AQMkADAwATM3ZmYAZS05ZmQ3LTU2YTktMDACLTAwCgAuAAADVwAAACAQwAAAAAAA=="
        #expect(FolderReference(id) == .id(id))
    }
}
