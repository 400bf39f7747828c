import Cryptography

/// A page that is embedded in the binary, to be written out with its data; it runs its own script and nothing else.
struct EmbeddedPage: Sendable {
    private let page: String
    private let style: String
    private let script: String

    /// Of texts that live as long as the process.
    init(
        page: (UnsafePointer<CChar>, Int),
        style: (UnsafePointer<CChar>, Int),
        script: (UnsafePointer<CChar>, Int)
    ) {
        (self.page, self.style, self.script) = (Self.text(page), Self.text(style), Self.text(script))
    }

    private static func text(_ embedded: (UnsafePointer<CChar>, Int)) -> String {
        String(decoding: UnsafeRawBufferPointer(start: embedded.0, count: embedded.1), as: UTF8.self)
    }

    /// The file, with JSON for its script.
    func html(with json: String) -> [UInt8] {
        // Whatever a page said ends neither the data nor begins a comment.
        let data = json.replacing("</", with: "<\\/").replacing("<!--", with: "<\\u0021--")
        let digest = Base64.encode(Array(SHA256.digest(of: Array(script.utf8)).bytes))
        let policy =
            "default-src 'none'; script-src 'sha256-\(digest)'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
        var rest = page
        // One after the other from the front: a mark inside the data is no mark.
        var whole = ""
        for (mark, content) in [("%POLICY%", policy), ("%STYLE%", style), ("%DATA%", data), ("%SCRIPT%", script)] {
            guard let range = rest.firstRange(of: mark) else { continue }
            whole += rest[..<range.lowerBound] + content
            rest = String(rest[range.upperBound...])
        }
        return Array((whole + rest).utf8)
    }
}
