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
            if places.count == 1, !text.isOpener(at: places[0]) {
                places = text.endOfPlain(character, at: places[0]).map { [$0] } ?? []
                continue
            }
            var next: Set<Int> = []
            for place in places {
                if text.isOpener(at: place) {
                    next.formUnion(text.readings(at: place).lazy.filter { $0.character == character }.map(\.end))
                } else if let end = text.endOfPlain(character, at: place) {
                    next.insert(end)
                }
            }
            places = next.sorted()
            // The shortest have the fewest escapes, the longest the most.
            if places.count > Self.widest { places.removeSubrange(Self.widest / 2..<places.count - Self.widest / 2) }
        }
        return places.max()
    }
}
