import Cryptography
import MailModel

/// A MIME message or a part of one, as other people wrote it: what can be read is read, what cannot is left out.
struct MessagePart: Sendable {
    private static let depth = 20
    private static let parts = 500
    /// Message-IDs an answer takes over beside the first of the thread.
    private static let mostReferences = 50

    /// Names in lower case, in the order they stand, unfolded.
    let headers: [(name: String, value: String)]
    /// `text/plain` and the like, in lower case.
    let type: String
    private let typeParameters: [String: String]
    private let content: [UInt8]
    /// Of a multipart.
    let children: [MessagePart]

    /// Reads a message.
    init(_ bytes: [UInt8]) {
        var budget = Self.parts
        self.init(bytes[...], depth: 0, budget: &budget)
    }

    private init(_ bytes: ArraySlice<UInt8>, depth: Int, budget: inout Int) {
        let (head, body) = Self.split(bytes)
        headers = Self.fields(head)
        let field = headers.first { $0.name == "content-type" }?.value ?? "text/plain"
        (type, typeParameters) = HeaderText.parameters(field)
        guard type.hasPrefix("multipart/"), let boundary = typeParameters["boundary"], depth < Self.depth else {
            content = Array(body)
            children = []
            return
        }
        content = []
        var children: [MessagePart] = []
        for part in Self.parts(body, boundary: Array("--\(boundary)".utf8)) where budget > 0 {
            budget -= 1
            children.append(MessagePart(part, depth: depth + 1, budget: &budget))
        }
        self.children = children
    }

    // MARK: What it says

    /// The first field of that name, encoded words decoded.
    func header(_ name: String) -> String? {
        headers.first { $0.name == name.lowercased() }.map { HeaderText.decode($0.value) }
    }

    /// The addresses of the first field of that name; an encoded word in it is a name, whatever it says (RFC 2047 §5).
    func addresses(_ name: String) -> [String] {
        AddressList.read(headers.first { $0.name == name.lowercased() }?.value ?? "")
    }

    /// Message-IDs an answer names, the last one that of this message; none when it has none (RFC 5322 §3.6.4).
    var thread: [String] {
        func identifiers(_ name: String) -> [String] {
            headers.first { $0.name == name }.map { MessageID.read($0.value) } ?? []
        }
        guard let own = identifiers("message-id").first else { return [] }
        let (references, parents) = (identifiers("references"), identifiers("in-reply-to"))
        let earlier = references.isEmpty && parents.count == 1 ? parents : references
        return Array(earlier.prefix(1)) + earlier.dropFirst().suffix(Self.mostReferences) + [own]
    }

    /// What HTML shows it by, without angle brackets; nil when it has none that is one plain word.
    var contentID: String? {
        let id = HeaderText.trimmed(header("content-id") ?? "").filter { $0 != "<" && $0 != ">" }
        let isWord = id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
        return isWord && (1...200).contains(id.utf8.count) ? id : nil
    }

    /// The content behind its transfer encoding.
    var bytes: [UInt8] { ContentCoding.decode(content, header("content-transfer-encoding") ?? "7bit") }

    private var text: String { ContentCoding.text(bytes, charset: typeParameters["charset"] ?? "utf-8") }

    private var disposition: (value: String, parameters: [String: String]) {
        HeaderText.parameters(headers.first { $0.name == "content-disposition" }?.value ?? "")
    }

    /// The name it is given as a file.
    var fileName: String? { disposition.parameters["filename"] ?? typeParameters["name"] }

    /// Every part that is none of several, in order.
    private var leaves: [MessagePart] { children.isEmpty ? [self] : children.flatMap(\.leaves) }

    private var isFile: Bool {
        disposition.value == "attachment" || fileName != nil || !type.hasPrefix("text/")
    }

    /// The plain body; made of the HTML when there is no other.
    var plainBody: String {
        if let plain = leaves.first(where: { $0.type == "text/plain" && !$0.isFile }) { return plain.text }
        return htmlBody.map { MailText.plain(html: $0) } ?? ""
    }

    /// The HTML body.
    var htmlBody: String? { leaves.first { $0.type == "text/html" && !$0.isFile }?.text }

    /// The files that came along.
    var files: [(part: MessagePart, attachment: ReceivedAttachment)] {
        leaves.enumerated().filter { $0.element.isFile && !$0.element.type.hasPrefix("multipart/") }.map {
            index,
            part in
            let isMessage = part.type == "message/rfc822"
            let name = part.fileName ?? (isMessage ? "message.eml" : "attachment-\(index + 1)")
            let isInline =
                part.disposition.value == "inline" || part.disposition.value.isEmpty && part.header("content-id") != nil
            let attachment = ReceivedAttachment(
                id: "\(index)",
                name: name,
                contentType: part.type,
                size: part.content.count,
                isInline: isInline
            )
            return (part, attachment)
        }
    }

    // MARK: Reading

    private static func split(_ bytes: ArraySlice<UInt8>) -> (head: ArraySlice<UInt8>, body: ArraySlice<UInt8>) {
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: 10) ?? bytes.endIndex
            let isEmpty = end == start || end == start + 1 && bytes[start] == 13
            let next = min(end + 1, bytes.endIndex)
            if isEmpty { return (bytes[..<start], bytes[next...]) }
            start = next
        }
        return (bytes, bytes[bytes.endIndex...])
    }

    private static func fields(_ head: ArraySlice<UInt8>) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for line in head.split(separator: 10, omittingEmptySubsequences: true) {
            let bytes = line.last == 13 ? Array(line.dropLast()) : Array(line)
            // Eight-bit headers are against the rules and common.
            let text = ContentCoding.text(bytes, charset: "windows-1252")
            if let first = text.first, first == " " || first == "\t" {
                guard !fields.isEmpty else { continue }
                fields[fields.count - 1].value += " " + HeaderText.trimmed(text)
            } else if let colon = text.firstIndex(of: ":"), fields.count < 1000 {
                let name = HeaderText.trimmed(String(text[..<colon])).lowercased()
                fields.append((name, HeaderText.trimmed(String(text[text.index(after: colon)...]))))
            }
        }
        return fields
    }

    private static func parts(_ body: ArraySlice<UInt8>, boundary: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start: Int?
        var line = body.startIndex
        while line < body.endIndex {
            let end = body[line...].firstIndex(of: 10) ?? body.endIndex
            if body[line..<end].starts(with: boundary) {
                let rest = body[(line + boundary.count)..<end]
                let isLast = rest.starts(with: Array("--".utf8))
                if isLast || rest.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 13 }) {
                    // The line break in front of a boundary belongs to it (RFC 2046 §5.1.1).
                    if let start { parts.append(body[start..<max(start, Self.trim(body, line))]) }
                    start = isLast ? nil : min(end + 1, body.endIndex)
                    if isLast { return parts }
                }
            }
            line = end + 1
        }
        if let start { parts.append(body[start...]) }
        return parts
    }

    private static func trim(_ body: ArraySlice<UInt8>, _ line: Int) -> Int {
        var end = line
        if end > body.startIndex, body[end - 1] == 10 { end -= 1 }
        if end > body.startIndex, body[end - 1] == 13 { end -= 1 }
        return end
    }
}
