import FoundationEssentials
import JSON
import Security
import Synchronization
import Telemetry
import Testing

@Suite struct RedactorTests {
    let secret = "p@ss \"wörd\"<&>1"

    private func redact(_ text: String) -> String { Redactor(secrets: [secret]).redact(text) }

    @Test func `a secret is replaced wherever it stands`() {
        #expect(redact("user \(secret) and \(secret)!") == "user [secret] and [secret]!")
        #expect(redact("nothing here") == "nothing here")
    }

    @Test(arguments: [
        #"p@ss \"wörd\"<&>1"#, "p%40ss%20%22w%C3%B6rd%22%3C%26%3E1", "p%40ss+%22w%C3%B6rd%22%3C%26%3E1",
        "p%40ss%20%22w%c3%b6rd%22%3c%26%3e1", "p@ss &quot;wörd&quot;&lt;&amp;&gt;1",
        "70407373202277c3b67264223c263e31",
    ])
    func `an encoded secret is replaced`(form: String) {
        #expect(redact("[\(form)]") == "[[secret]]")
    }

    @Test(arguments: [
        ("Größe!1", "Gr%C3%B6%C3%9Fe!1"), ("Größe!1", "Gr%c3%b6%C3%9fe%21%31"), ("Größe!1", "Gr%F6%DFe!1"),
        ("Größe!1", "Gr%f6%dfe%211"), ("Größe!1", "Gr&#246;&#xDF;e!1"), ("Größe!1", #"Gr\u00f6\u00DFe!1"#),
        ("Som mer*26", "Som+mer*26"), ("Som mer*26", "Som%20mer*26"), ("Som mer!2026", "Som%20mer!2026"),
        ("abc~def*", "abc%7Edef*"), ("abc~def*", "abc~def%2a"), ("it's <me>", "it&apos;s &lt;me&gt;"),
        ("it's <me>", "it&#39;s &#60;me&#x3e;"), ("it's <me>", "it&#x27;s%20%3Cme%3E"),
        ("it's <me>", "it's%20%3Cme%3E"),
        ("a&b c/d", "a&amp;b%20c/d"), ("a/b\nc", #"a\/b\nc"#), ("50%25 ab", "50%25%20ab"), ("50%25 ab", "50%2525+ab"),
        ("key 🔑 1", "key%20%F0%9F%94%91%201"), ("key 🔑 1", #"key \ud83d\uDD11 1"#), ("a+b=c?", "a%2Bb%3Dc?"),
    ])
    func `a secret of which a part is escaped is replaced, whatever escaped it`(secret: String, form: String) {
        #expect(Redactor(secrets: [secret]).redact("#\(form) =\(form)&") == "#[secret] =[secret]&")
    }

    @Test(arguments: [
        ("Kanari/Vogel+42", #"Kanari\/Vogel\+42"#), ("Kanari/Vogel+42", #"Kanari\\/Vogel\\+42"#),
        ("Kanari/Vogel+42", #"Kanari\2f Vogel\2B 42"#), ("Kanari/Vogel+42", #"Kanari\00002fVogel\2b\34 2"#),
        ("1a/b c", #"\31 a\/b\ c"#), ("1a/b c", #"\\31 a\\/b\\ c"#), ("1a/b\nc", #"\31 a\/b\a c"#),
        (#"a"b<c>"#, #"a\"b\<c\>"#), (#"a"b<c>"#, #"a\\\"b<c>"#), (#"a"b<c>"#, #"a\\\\\\\"b\u003cc\u003E"#),
        (#"a\"b"#, #"a\\\\\\\\\\\\\\\"b"#), (#"a\\b"#, #"a\\\\\\\\\\\\\\\\b"#),
        (#"a\b+c"#, #"a\\b\+c"#), (#"a\b+c"#, #"a\\\\b\\+c"#), ("a.b*c", #"a\x2eb\u{2A}c"#),
        ("Größe/1", "Gr%25C3%25B6%25C3%259Fe%252F1"), ("a&b<c", "a&amp;amp;b&amp;lt;c"), ("a'b c", "a%26%2339%3Bb+c"),
        ("a'b c", "a%27b%2520c"), ("key 🔑 1", #"key \\ud83d\\udd11 1"#), ("a&b/c", #"a\u0026amp;b\/c"#),
        ("a/b/c", #"a%5C%2Fb\/c"#), ("50%25 ab", "50%252525%2520ab"),
    ])
    func `so is one that was escaped for a selector, a pattern or CSS, or once more`(secret: String, form: String) {
        #expect(Redactor(secrets: [secret]).redact("#\(form) =\(form)&") == "#[secret] =[secret]&")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["\\", "%25", "&amp;", "&", "\\u005c", "%5C", "\\2f ", "a\\/", "aaa", "+"]
    )
    func `what may be escaped again and again takes no longer for it`(piece: String) {
        let redactor = Redactor(secrets: ["a/a/a/a/a/a/b", "%25%25%25%25%25%25%25b", #"\\\\\\\\b"#, "&&&&&&&&&&b"])
        let text = String(repeating: piece, count: 10_000 / piece.utf8.count)
        #expect(redactor.redact(text) == text)
        let cut = String(text.suffix(1000)) + " …"
        #expect(redactor.redact(cut) == cut)
    }

    @Test(arguments: [
        "Gr%F6%DF", "Gr%C3%B6%C3", "Gr%", "Gr&#246", #"Gr\u00f"#, "%%%25&&#;&", #"\\\u"#, "Gr%C3%B6%C3%9Fe?1",
        #"Gr\f6 \df e\!2"#, #"Gr\u{f6}\u{df"#, #"Gr\xf6\xd"#, "Gr%25C3%25B6%25C3", "Gr&amp;#246", #"Gr\ud83d"#,
    ])
    func `what only begins like an escaped secret stays`(text: String) {
        #expect(Redactor(secrets: ["Größe!1"]).redact(text) == text)
    }

    @Test(arguments: [
        "p@ss…", "p@ss \"wörd\"<&>…", "p@ss \\\"wö…", "p@ss \\…", "p@ss \\u002…", "p%40ss%2…", "p%40ss%20%22w%C3…",
        "p@ss &quot;w…", "p@ss &quo…", "7040737320…", "cEBzcyAi…", "p@ss \"w\u{FFFD}…",
    ])
    func `what is left of a secret where a text was cut short is replaced`(left: String) {
        #expect(redact("in \"\(left)\" and #\(left)") == "in \"[secret]…\" and #[secret]…")
    }

    @Test(arguments: ["p@s…", "p@ss", "p@ss \"wörd…", "p@ssage…", "p@ss & more…", "704…"])
    func `what is too short, not cut, or goes on in another way stays`(text: String) {
        #expect(Redactor(secrets: ["p@ss & word"]).redact(text) == text)
    }

    @Test(arguments: ["", "u", "us", "user:", "user: x"])
    func `a secret inside base64 is replaced whatever stands around it`(prefix: String) {
        let encoded = Data((prefix + secret + "\u{7f}tail").utf8).base64EncodedString()
        let core = Data(secret.utf8).base64EncodedString().dropLast(4)
        let clean = redact("Basic \(encoded)")
        #expect(clean.contains("[secret]"))
        #expect(!clean.contains(core))
    }

    @Test func `the longer of two secrets wins`() {
        let redactor = Redactor(secrets: ["abcd", "abcdef"])
        #expect(redactor.redact("abcdef abcd") == "[secret] [secret]")
    }

    @Test func `a short secret does not shred the text`() {
        #expect(Redactor(secrets: ["a", ""]).redact("banana") == "banana")
    }

    @Test func `values lose secrets in strings and names at any depth`() {
        let redactor = Redactor(secrets: ["hunter22"])
        let value: JSONValue = ["a": ["x hunter22", ["hunter22": 5]], "n": 1]
        let clean = redactor.redact(value)
        #expect(clean == ["a": ["x [secret]", ["[secret]": 5]], "n": 1])
    }

    @Test(
        arguments: [
            (48_151_623, true), (-48_151_623, true), (48_151_623.0, true), (1234.5, true), (-1234.5, true),
            (9_007_199_254_740_993, true), (9_007_199_254_740_992, false), (48_151_624, false), (148_151_623, false),
            (42, false), (0, false), (true, false), (nil, false), (1e300, false),
        ] as [(JSONValue, Bool)]
    )
    func `a number that is a secret is replaced in data`(number: JSONValue, isSecret: Bool) {
        let redactor = Redactor(secrets: ["48151623", "1234.50", "0042", "9007199254740993", "nan"])
        let clean = redactor.redact(data: ["a": [number]] as JSONObject)
        #expect(clean == ["a": [isSecret ? "[secret]" : number]])
        #expect(redactor.redact(data: [number] as JSONValue) == [isSecret ? "[secret]" : number])
    }

    @Test func `a number of a message itself stays, and late secrets are numbers too`() {
        let late = LateSecrets()
        let redactor = Redactor(secrets: ["4711"], late: late)
        #expect(redactor.redact(["duration_ms": 4711] as JSONObject) == ["duration_ms": 4711])
        late.add("287082")
        #expect(redactor.redact(data: ["code": 287_082] as JSONObject) == ["code": "[secret]"])
    }

    @Test func `a log line is clean before it is written`() {
        final class Memory: LogSink {
            let lines = Mutex<[String]>([])
            func accepts(_ level: Logger.Level) -> Bool { true }
            func write(_ line: Logger.Line) {
                lines.withLock { $0.append(line.message + " " + line.metadata.values.joined()) }
            }
        }
        let memory = Memory()
        let redactor = Redactor(secrets: ["hunter22"])
        let logger = Logger(sink: RedactingLogSink(memory) { redactor })
        logger.info("started", ["url": "https://x/?p=hunter22"])
        #expect(memory.lines.withLock { $0 } == ["started https://x/?p=[secret]"])
    }
}
