import Cryptography
package import JSON

/// Replaces secrets in text that leaves the process: logs, events, errors.
///
/// Knows each secret as it is, as it appears escaped, in whole or in part, in JSON, HTML, a URL (of UTF-8 or Latin-1) or a form,
/// and encoded in hexadecimal and in base64 at each of its three offsets. Secrets shorter than 4 characters are not replaced:
/// they would mark half of every text.
package struct Redactor: Sendable {
    /// What stands in place of a secret.
    package static let mark = "[secret]"
    /// Shorter ones are not replaced.
    package static let shortestSecret = 4

    private let late: LateSecrets?
    // Longest first: one secret may be part of another.
    private let needles: [[UInt8]]
    private let escaped: [EscapedSecret]
    /// Which bytes a needle or an escaped secret can begin with.
    private let starts: [Bool]

    /// A redactor that knows these secrets, and from now on those of `late`; empty ones are ignored.
    package init(secrets: some Sequence<String>, late: LateSecrets? = nil) {
        self.late = late
        var forms: Set<[UInt8]> = []
        var escaped: [EscapedSecret] = []
        for secret in secrets where secret.count >= Self.shortestSecret {
            forms.formUnion(SecretForms.all(of: secret).filter { $0.count >= Self.shortestSecret })
            escaped.append(EscapedSecret(secret))
        }
        self.escaped = escaped
        needles = forms.sorted { $0.count > $1.count }
        var starts = [Bool](repeating: false, count: 256)
        for needle in needles { starts[Int(needle[0])] = true }
        if !needles.isEmpty { for opener in EscapedSecret.openers { starts[Int(opener)] = true } }
        self.starts = starts
    }

    /// A redactor without secrets.
    package static let none = Redactor(secrets: [])

    /// The text without secrets.
    package func redact(_ text: String) -> String {
        var text = late?.redactor.redact(text) ?? text
        guard !needles.isEmpty else { return text }
        let clean = text.withUTF8 { redact($0) }
        return clean.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The value with every string in it, member names too, without secrets.
    package func redact(_ value: JSONValue) -> JSONValue {
        guard !needles.isEmpty || late != nil else { return value }
        return switch value {
        case .string(let text): .string(redact(text))
        case .array(let elements): .array(elements.map(redact))
        case .object(let object): .object(redact(object))
        case .null, .bool, .integer, .number: value
        }
    }

    /// The object with every string in it, member names too, without secrets.
    package func redact(_ object: JSONObject) -> JSONObject {
        guard !needles.isEmpty || late != nil else { return object }
        var clean = JSONObject()
        for (key, value) in object { clean[redact(key)] = redact(value) }
        return clean
    }

    /// The clean bytes, or nil when there was nothing to replace.
    private func redact(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var clean: [UInt8]?
        var position = 0
        var copied = 0
        while position < bytes.count {
            guard starts[Int(bytes[position])], let length = match(bytes, at: position) else {
                position += 1
                continue
            }
            clean = (clean ?? []) + bytes[copied..<position] + Array(Self.mark.utf8)
            position += length
            copied = position
        }
        clean?.append(contentsOf: bytes[copied...])
        return clean
    }

    private func match(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int? {
        let rest = bytes[position...]
        let whole = needles.first { rest.starts(with: $0) }?.count
        let text = EscapedText(bytes: bytes)
        guard let end = escaped.compactMap({ $0.end(in: text, from: position) }).max() else { return whole }
        return max(whole ?? 0, end - position)
    }
}
