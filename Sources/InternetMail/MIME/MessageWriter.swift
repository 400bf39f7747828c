import Cryptography
import FoundationEssentials
import MailModel

#if canImport(Glibc)
    import Glibc
#endif

/// Writes a mail as a MIME message (RFC 5322, 2045–2047, 2231) into a file; attachments are never in memory as a whole.
///
/// Blocks: to be called on a thread that may. Everything is ASCII with lines below 998 bytes, whatever the server can;
/// receivers must have become so before (`addressedInASCII`).
struct MessageWriter {
    /// 57 bytes make one line of 76; so many lines at once.
    private static let piece = 57 * 1024

    let mail: OutgoingMail
    let messageID: String
    /// `Fri, 20 Nov 2026 08:30:00 +0000`
    let date: String
    /// `In-Reply-To` and `References` of an answer.
    var references: [String] = []

    /// - Throws: `MailError` with `invalidInput` when an attachment cannot be read or has changed.
    func write(to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw MailError(.unavailable, "Cannot write a mail to disk: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let inline = mail.attachments.filter { $0.contentID != nil }
        let files = mail.attachments.filter { $0.contentID == nil }
        var head = try header()
        if files.isEmpty {
            try put(head, descriptor)
            try writeBody(inline, descriptor)
            try put("\r\n", descriptor)
        } else {
            head += "Content-Type: multipart/mixed;\r\n boundary=\"\(boundary("m"))\"\r\n\r\n--\(boundary("m"))\r\n"
            try put(head, descriptor)
            try writeBody(inline, descriptor)
            for file in files {
                try put("\r\n--\(boundary("m"))\r\n", descriptor)
                try write(file, descriptor)
            }
            try put("\r\n--\(boundary("m"))--\r\n", descriptor)
        }
    }

    // MARK: Head

    private func header() throws(MailError) -> String {
        let sender = try mail.sender()
        var lines = [
            "Date: \(date)", "Message-ID: \(messageID)",
            "From: \(HeaderText.mailbox(name: nil, address: sender))", "To: \(list(mail.to))",
        ]
        if !mail.cc.isEmpty { lines.append("Cc: \(list(mail.cc))") }
        if !mail.replyTo.isEmpty { lines.append("Reply-To: \(list(mail.replyTo))") }
        lines.append("Subject: \(HeaderText.encode(mail.subject))")
        if mail.importance != .normal { lines.append("Importance: \(mail.importance.rawValue)") }
        if let last = references.last {
            lines.append("In-Reply-To: \(last)")
            lines.append("References: \(references.joined(separator: "\r\n "))")
        }
        lines.append("\(Self.keyHeader): \(mail.key)")
        for header in mail.headers { lines.append("\(header.name): \(header.value)") }
        lines.append("MIME-Version: 1.0")
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    /// The header that reaches the receiver.
    static let keyHeader = "x-executor-send-key"

    private func list(_ addresses: [MailAddress]) -> String {
        addresses.map { HeaderText.mailbox(name: $0.name, address: $0.address) }.joined(separator: ",\r\n ")
    }

    /// Has `=_` in it, which neither quoted-printable nor Base64 ever writes.
    private func boundary(_ kind: String) -> String {
        "=_cpa_\(kind)_\(SHA256.digest(of: mail.key).hex.prefix(24))"
    }

    // MARK: Parts

    private func writeBody(_ inline: [OutgoingAttachment], _ descriptor: Int32) throws {
        guard !inline.isEmpty else { return try put(textPart, descriptor) }
        let boundary = boundary("r")
        try put("Content-Type: multipart/related;\r\n boundary=\"\(boundary)\"\r\n\r\n--\(boundary)\r\n", descriptor)
        try put(textPart, descriptor)
        for image in inline {
            try put("\r\n--\(boundary)\r\n", descriptor)
            try write(image, descriptor)
        }
        try put("\r\n--\(boundary)--\r\n", descriptor)
    }

    private var textPart: String {
        let type = mail.bodyType == .html ? "text/html" : "text/plain"
        return "Content-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            + String(decoding: ContentCoding.quoted(mail.body), as: UTF8.self)
    }

    private func write(_ file: OutgoingAttachment, _ descriptor: Int32) throws {
        let type = Self.safeType(file.contentType)
        var head = "Content-Type: \(type)\(HeaderText.parameter("name", file.name))\r\n"
        head += "Content-Transfer-Encoding: base64\r\n"
        if let contentID = file.contentID { head += "Content-ID: <\(contentID)>\r\n" }
        let disposition = file.contentID == nil ? "attachment" : "inline"
        head += "Content-Disposition: \(disposition)\(HeaderText.parameter("filename", file.name))\r\n\r\n"
        try put(head, descriptor)
        let source = open(file.path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else {
            throw MailError(
                .invalidInput,
                "Cannot read the attachment \(file.name): \(String(cString: strerror(errno)))"
            )
        }
        defer { close(source) }
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        while true {
            let count = try Self.fill(&buffer, from: source, file)
            guard count > 0 else { break }
            hash.update(buffer[..<count])
            try put(Self.lines(Base64.encode(Array(buffer[..<count]))), descriptor)
        }
        guard hash.finalize().hex == file.sha256 else {
            throw MailError(
                .invalidInput,
                "The attachment \(file.name) has changed since it was made; nothing was sent."
            )
        }
    }

    /// A type that is no token/token would break out of its header; a message or multipart must not be encoded (RFC 2045
    /// §6.4), and would not stay the same bytes unless it is.
    private static func safeType(_ type: String) -> String {
        let value = type.prefix { $0 != ";" }
        let names = value.split(separator: "/")
        let isType =
            names.count == 2 && !["message", "multipart"].contains(names[0].lowercased())
            && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"(),:;<>=?@[\\]".utf8.contains($0) }
        return isType ? String(value) : "application/octet-stream"
    }

    /// Whole pieces, but for the last: Base64 is padded at the end only.
    private static func fill(_ buffer: inout [UInt8], from source: Int32, _ file: OutgoingAttachment) throws -> Int {
        var total = 0
        while total < buffer.count {
            let count = buffer.withUnsafeMutableBytes { bytes in
                Glibc.read(source, bytes.baseAddress?.advanced(by: total), bytes.count - total)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw MailError(.invalidInput, "Cannot read the attachment \(file.name).") }
            if count == 0 { break }
            total += count
        }
        return total
    }

    private static func lines(_ base64: String) -> String {
        var result: [UInt8] = []
        let digits = Array(base64.utf8)
        result.reserveCapacity(digits.count / 38 * 39 + 2)
        var start = 0
        while start < digits.count {
            let end = min(start + 76, digits.count)
            result += digits[start..<end]
            result += [13, 10]
            start = end
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func put(_ text: String, _ descriptor: Int32) throws {
        var text = text
        try text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    throw MailError(.unavailable, "Cannot write a mail to disk: \(String(cString: strerror(errno)))")
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
