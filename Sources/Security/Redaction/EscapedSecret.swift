/// A secret as it can stand in a text in which something has escaped some of its characters.
///
/// Which ones depends on the place: a fragment keeps `*` and `'`, a path `+`, a form writes a blank as `+`, a page in Latin-1
/// one byte for `ö` (URL Standard §1.3, HTML §13.3, RFC 8259 §7). So each character is looked for by itself, as it is and
/// escaped, instead of the whole in every set there is.
struct EscapedSecret: Sendable {
    /// What an escape can begin with: `%`, `&`, `\`, `+`.
    static let openers: [UInt8] = [0x25, 0x26, 0x5C, 0x2B]

    private let characters: [Unicode.Scalar]

    init(_ secret: String) { characters = Array(secret.unicodeScalars) }

    /// Where the secret that begins at `start` ends; nil when none does.
    func end(in text: EscapedText, from start: Int) -> Int? {
        // A fragment leaves `%` as it is: `%25` may be an escaped `%`, or three characters of the secret.
        end(from: start) { text.endOfEscape(of: $0, at: $1) ?? text.endOfPlain($0, at: $1) }
            ?? end(from: start) { text.endOfPlain($0, at: $1) ?? text.endOfEscape(of: $0, at: $1) }
    }

    private func end(from start: Int, reading next: (Unicode.Scalar, Int) -> Int?) -> Int? {
        var place = start
        for character in characters {
            guard let end = next(character, place) else { return nil }
            place = end
        }
        return place
    }
}
