import Testing

@testable import JobModel

@Suite struct ArtifactNameTests {
    @Test(arguments: ["", ".", "..", ".hidden", "a/b", "..\\..\\x", "a\nb", "a\u{0}b", "a\u{202E}gpj.exe", "a\u{2028}"])
    func `names that leave the directory or hide something are refused`(name: String) {
        #expect(ArtifactName.problem(with: name) != nil)
        #expect(ArtifactName.exact(name) == nil)
    }

    @Test func `a name of 200 bytes is fine, one of 201 is not`() {
        #expect(ArtifactName.problem(with: String(repeating: "ü", count: 100)) == nil)
        #expect(ArtifactName.problem(with: String(repeating: "ü", count: 100) + "x") != nil)
    }

    @Test(arguments: [
        ("Rechnung 2026-117.pdf", "Rechnung 2026-117.pdf"), ("../../etc/passwd", "_.._etc_passwd"),
        ("a\\b.pdf", "a_b.pdf"),
        ("", "file"), ("...", "file"), ("x.pdf. ", "x.pdf"), ("gpj\u{202E}.exe", "gpj.exe"), ("a\tb", "a_b"),
        ("Fu\u{308}r.pdf", "F\u{FC}r.pdf"),
    ])
    func `what a server calls a file becomes the nearest allowed name`(suggestion: String, expected: String) {
        let name = ArtifactName.sanitized(suggestion)
        #expect(Array(name.unicodeScalars) == Array(expected.unicodeScalars))
        #expect(ArtifactName.problem(with: name) == nil)
    }

    @Test func `a long name is cut before its extension`() {
        let name = ArtifactName.sanitized(String(repeating: "Ä", count: 300) + ".pdf")
        #expect(name.hasSuffix("Ä.pdf"))
        #expect(name.utf8.count == 200)
    }

    @Test(arguments: [("report.pdf", "report-2.pdf"), ("report", "report-2"), ("a.tar.gz", "a.tar-2.gz")])
    func `a number goes before the extension`(name: String, expected: String) {
        #expect(ArtifactName.numbered(name, 2) == expected)
    }

    @Test(arguments: [2, 10, 1000])
    func `a name at the limit has room for its number`(number: Int) {
        let name = ArtifactName.sanitized(String(repeating: "ü", count: 300) + ".pdf")
        let numbered = ArtifactName.numbered(name, number)
        #expect(numbered.hasSuffix("ü-\(number).pdf"))
        #expect(ArtifactName.problem(with: numbered) == nil)
    }
}
