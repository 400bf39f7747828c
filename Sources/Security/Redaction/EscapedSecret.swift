/// A secret as it can stand in a text in which something has escaped some of its characters.
///
/// Which ones depends on the place: a fragment keeps `*` and `'`, a path `+`, a form writes a blank as `+`, a page in Latin-1
/// one byte for `ö`, a selector a backslash before `/` (URL Standard §1.3, HTML §13.3, RFC 8259 §7, CSSOM §2.1). So each
/// character is looked for by itself, as it is and escaped, instead of the whole in every set there is.
struct EscapedSecret: Sendable {
    /// Ways to read a text that are followed at once. They differ in what is an escape, and few of them go on for long.
    private static let widest = 16

    private let characters: [Unicode.Scalar]

    /// - Parameter secret: not empty.
    init(_ secret: String) { characters = Array(secret.unicodeScalars) }

    /// Where the secret that begins at `start` ends, read the longest way; nil when none does.
    ///
    /// - Parameter readings: of `start`, where an escape can begin there.
    func end(in text: EscapedText, from start: Int, _ readings: [EscapedText.Reading]) -> Int? {
        guard text.isOpener(at: start) else { return end(in: text, characters[...], from: start) }
        let places = readings.filter { $0.character == characters[0] }.map(\.end)
        return end(in: text, characters.dropFirst(), from: places)
    }

    /// Nothing is made as long as the text is as it is, which most are.
    private func end(in text: EscapedText, _ characters: ArraySlice<Unicode.Scalar>, from start: Int) -> Int? {
        var place = start
        for (index, character) in zip(characters.indices, characters) {
            if text.isOpener(at: place) { return end(in: text, characters[index...], from: [place]) }
            guard let end = text.endOfPlain(character, at: place) else { return nil }
            place = end
        }
        return place
    }

    private func end(in text: EscapedText, _ characters: ArraySlice<Unicode.Scalar>, from starts: [Int]) -> Int? {
        var places = starts
        for character in characters where !places.isEmpty {
            places = Self.ends(of: character, in: text, from: places)
        }
        return places.max()
    }

    /// Whether all that stands from `start` on is how the secret begins: a text that was cut short within it.
    ///
    /// - Parameter shortest: characters of it that are told from other text.
    func begins(in text: EscapedText, from start: Int, shortest: Int) -> Bool {
        var places = [start]
        for (count, character) in characters.enumerated() {
            if count >= shortest, places.contains(where: text.isOver) { return true }
            places = Self.ends(of: character, in: text, from: places)
            guard !places.isEmpty else { return false }
        }
        return false
    }

    /// Where a character ends that stands at one of these places, as it is or escaped.
    private static func ends(of character: Unicode.Scalar, in text: EscapedText, from places: [Int]) -> [Int] {
        if places.count == 1, !text.isOpener(at: places[0]) {
            return text.endOfPlain(character, at: places[0]).map { [$0] } ?? []
        }
        var next: Set<Int> = []
        for place in places {
            if text.isOpener(at: place) {
                next.formUnion(text.readings(at: place).lazy.filter { $0.character == character }.map(\.end))
            } else if let end = text.endOfPlain(character, at: place) {
                next.insert(end)
            }
        }
        var ends = next.sorted()
        // The shortest have the fewest escapes, the longest the most.
        if ends.count > widest { ends.removeSubrange(widest / 2..<ends.count - widest / 2) }
        return ends
    }
}
