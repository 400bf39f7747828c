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
