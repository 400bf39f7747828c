package import JSON

/// Replaces secrets in text that leaves the process: logs, events, errors.
///
/// Knows each secret as it is, as it appears escaped, in whole or in part, in JSON, HTML, a URL (of UTF-8 or Latin-1), a form,
/// a selector or a pattern, and encoded in hexadecimal and in base64 at each of its three offsets. Where a text was cut short
/// by `…`, what is left of a secret before that is replaced too. Secrets, and what is left of them, shorter than 4 characters
/// are not replaced: they would mark half of every text.
package struct Redactor: Sendable {
    /// What can begin with a byte.
    private struct Candidates {
        // Longest first: one secret may be part of another.
        var needles: [[UInt8]] = []
        var escaped: [EscapedSecret] = []
        var isEmpty: Bool { needles.isEmpty && escaped.isEmpty }
    }

    /// What stands in place of a secret.
    package static let mark = "[secret]"
    /// Shorter ones are not replaced.
    package static let shortestSecret = 4
    private static let bytesOfEscape = 16

    private let late: LateSecrets?
    /// By their first byte; empty without secrets.
    private let candidates: [Candidates]
    /// Which bytes have candidates: most have none, and their arrays are not touched for it.
    private let starts: [Bool]
    private let numbers: SecretNumbers
    /// How far before a cut the rest of a secret can begin, escaped as it may be.
    private let longestRest: Int

    /// A redactor that knows these secrets, and from now on those of `late`; empty ones are ignored.
    package init(secrets: some Sequence<String>, late: LateSecrets? = nil) {
        self.late = late
        let secrets = Set(secrets.filter { $0.count >= Self.shortestSecret })
        numbers = SecretNumbers(secrets)
        longestRest = Self.bytesOfEscape * (secrets.map(\.utf8.count).max() ?? 0)
        guard !secrets.isEmpty else {
            candidates = []
            starts = []
            return
        }
        var found = [Candidates](repeating: Candidates(), count: 256)
        let forms = Set(secrets.flatMap { SecretForms.all(of: $0) }.filter { $0.count >= Self.shortestSecret })
        for form in forms.sorted(by: { $0.count > $1.count }) { found[Int(form[0])].needles.append(form) }
        for secret in secrets {
            let escaped = EscapedSecret(secret)
            // An escape hides what a secret begins with.
            for first in Set(EscapedText.openers + secret.utf8.prefix(1)) {
                found[Int(first)].escaped.append(escaped)
            }
        }
        candidates = found
        starts = found.map { !$0.isEmpty }
    }

    /// A redactor without secrets.
    package static let none = Redactor(secrets: [])

    private var knowsNothing: Bool { candidates.isEmpty && late == nil }

    /// The text without secrets.
    package func redact(_ text: String) -> String {
        var text = late?.redactor.redact(text) ?? text
        guard !candidates.isEmpty else { return text }
        let clean = text.withUTF8 { redact($0) }
        return clean.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The value with every string in it, member names too, without secrets.
    ///
    /// Numbers stay: those of a message are its own. See `redact(data:)`.
    package func redact(_ value: JSONValue) -> JSONValue { redact(value, numbersToo: false) }

    /// The object with every string in it, member names too, without secrets; numbers stay.
    package func redact(_ object: JSONObject) -> JSONObject { redact(object, numbersToo: false) }

    /// The value without secrets, numbers that are one too; for what pages, mails and templates gave.
    package func redact(data value: JSONValue) -> JSONValue { redact(value, numbersToo: true) }

    /// The object without secrets, numbers that are one too; for what pages, mails and templates gave.
    package func redact(data object: JSONObject) -> JSONObject { redact(object, numbersToo: true) }

    private func redact(_ value: JSONValue, numbersToo: Bool) -> JSONValue {
        guard !knowsNothing else { return value }
        return switch value {
        case .string(let text): .string(redact(text))
        case .array(let elements): .array(elements.map { redact($0, numbersToo: numbersToo) })
        case .object(let object): .object(redact(object, numbersToo: numbersToo))
        case .integer, .number: numbersToo && holds(number: value) ? .string(Self.mark) : value
        case .null, .bool: value
        }
    }

    private func redact(_ object: JSONObject, numbersToo: Bool) -> JSONObject {
        guard !knowsNothing else { return object }
        var clean = JSONObject()
        for (key, value) in object { clean[redact(key)] = redact(value, numbersToo: numbersToo) }
        return clean
    }

    private func holds(number: JSONValue) -> Bool {
        numbers.contains(number) || late?.redactor.numbers.contains(number) == true
    }

    /// The clean bytes, or nil when there was nothing to replace.
    private func redact(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var clean: [UInt8]?
        var position = 0
        var copied = 0
        var cuts = CutPlaces(bytes)
        while position < bytes.count {
            guard starts[Int(bytes[position])],
                let length = match(bytes, at: position) ?? rest(bytes, at: position, before: &cuts)
            else {
                position += 1
                continue
            }
            if clean == nil { clean = [] }
            clean?.append(contentsOf: bytes[copied..<position])
            clean?.append(contentsOf: Self.mark.utf8)
            position += length
            copied = position
        }
        clean?.append(contentsOf: bytes[copied...])
        return clean
    }

    /// The length of what is left of a secret that was cut short.
    private func rest(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int, before cuts: inout CutPlaces) -> Int? {
        guard let cut = cuts.first(from: position), (Self.shortestSecret...longestRest).contains(cut - position) else {
            return nil
        }
        let possible = candidates[Int(bytes[position])]
        let piece = bytes[position..<cut]
        let text = EscapedText(bytes: UnsafeBufferPointer(rebasing: bytes[..<cut]))
        let isRest =
            possible.needles.contains { $0.count > piece.count && $0.starts(with: piece) }
            || possible.escaped.contains { $0.begins(in: text, from: position, shortest: Self.shortestSecret) }
        return isRest ? piece.count : nil
    }

    private func match(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int? {
        let possible = candidates[Int(bytes[position])]
        let rest = bytes[position...]
        let whole = possible.needles.first { rest.starts(with: $0) }?.count
        let text = EscapedText(bytes: bytes)
        let readings = text.isOpener(at: position) ? text.readings(at: position) : []
        var longest = whole
        for secret in possible.escaped {
            guard let end = secret.end(in: text, from: position, readings) else { continue }
            longest = max(longest ?? 0, end - position)
        }
        return longest
    }
}
