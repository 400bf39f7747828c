/// Words beside a number that say what it is, or that it is something else.
enum ContextWords {
    private static let before = 48
    private static let after = 24
    /// What a number is called stands before it as a rule: a word behind it has to be nearer by so many characters.
    private static let behind = 4

    private static let speaking: [PersonalData.Kind: [Word]] = [
        .iban: words("iban* konto* *konto account* bankverbindung*"),
        .taxID: words(
            "steuer-id* steuerid* steuer~id* idnr id-nr identifikationsnummer* steueridentifikation* tax~id tax-id tin"
        ),
        .taxNumber: words("steuernummer* steuernr steuer-nr* steuer~nr* st.-nr* st-nr* stnr* st.nr*"),
        .vatID: words("ust-id* ustid* umsatzsteuer-id* umsatzsteuerid* vat vatid uid"),
        .card: words(
            "karte* *karte *karten *kartennummer card cards creditcard* visa mastercard* amex kreditk* cvc cvv"
        ),
        .phone: words(
            """
            tel telnr tel-nr telefon* *telefon telefax* telephone* fon mobil mobile mobilnummer* mobilfunk* mobiltelefon* \
            handy* phone* smartphone fax faxnr faxnummer* ruf rufe rufen rufnummer* anruf* r?ckruf* rueckruf* durchwahl* call
            """
        ),
        .email: [],
    ]

    private static let contradicting = words(
        """
        rechnung* bestell* auftrag* artikel* ean gtin isbn lieferschein* invoice* order* beleg* tracking* sendung* kunden* \
        berater* mandant* gegenkonto* vorgang* ticket* uuid serien* sku timestamp*
        """
    )

    /// What a number may be the number of, where that follows it.
    private static let contradictingAfter = words("rechnung* bestell* auftrag* lieferschein* beleg* invoice* receipt*")

    /// How much surer (or less sure) the words around make it; of two that differ the nearer one counts.
    static func weight(of kind: PersonalData.Kind, in bytes: [UInt8], at range: Range<Int>) -> Double {
        let speaking = Self.speaking[kind] ?? []
        let left = lastWord(of: speaking, or: contradicting, bytes, range.lowerBound)
        // Nothing but its check digit says that a number is a card; with other kinds what follows is mostly the next thing.
        let right = firstWord(of: speaking, or: kind == .card ? contradictingAfter : [], bytes, range.upperBound)
        switch (left, right) {
        case (nil, nil): return 0
        case (let only?, nil), (nil, let only?): return only.weight
        case (let left?, let right?): return left.gap <= right.gap + behind ? left.weight : right.weight
        }
    }

    // MARK: Looking

    /// The last one that ends before a place. In a compound that is its head: a `kundenkarte` is a card.
    private static func lastWord(
        of speaking: [Word],
        or contradicting: [Word],
        _ bytes: [UInt8],
        _ end: Int
    ) -> (weight: Double, gap: Int)? {
        for start in (max(0, end - before)..<end).reversed() {
            guard let found = word(speaking, contradicting, bytes, start, end) else { continue }
            let tail = bytes[(start + found.count)..<end]
            return (found.weight, tail.count - tail.prefix(while: isLetter).count)
        }
        return nil
    }

    /// The first one that begins behind a place; one that contradicts, in its line.
    private static func firstWord(
        of speaking: [Word],
        or contradicting: [Word],
        _ bytes: [UInt8],
        _ place: Int
    ) -> (weight: Double, gap: Int)? {
        var isSameLine = true
        for start in place..<min(bytes.count, place + after) {
            if bytes[start] == 10 || bytes[start] == 13 { isSameLine = false }
            let found = word(speaking, isSameLine ? contradicting : [], bytes, start, bytes.count)
            if let found { return (found.weight, start - place) }
        }
        return nil
    }

    /// What a word that stands at a place makes of the number, and how long it is.
    private static func word(
        _ speaking: [Word],
        _ contradicting: [Word],
        _ bytes: [UInt8],
        _ start: Int,
        _ limit: Int
    ) -> (weight: Double, count: Int)? {
        guard isLetter(bytes[start]) else { return nil }
        if let word = speaking.first(where: { $0.stands(in: bytes, at: start, before: limit) }) {
            return (0.4, word.letters.count)
        }
        if let word = contradicting.first(where: { $0.stands(in: bytes, at: start, before: limit) }) {
            return (-0.3, word.letters.count)
        }
        return nil
    }

    // MARK: Words

    /// A word as it is looked for, whatever its case.
    private struct Word {
        /// In lower case; `PlainText.letter` is one beyond ASCII.
        let letters: [UInt8]
        /// Whether it may be the beginning of a longer one.
        let isStem: Bool
        /// Whether it may be the end of a longer one.
        let isHead: Bool

        /// - Parameter pattern: `*` stands for more letters, `?` for one beyond ASCII, `~` for a blank.
        init(_ pattern: Substring) {
            isStem = pattern.last == "*"
            isHead = pattern.first == "*"
            letters = pattern.utf8.filter { $0 != UInt8(ascii: "*") }.map { byte in
                byte == UInt8(ascii: "?") ? PlainText.letter : byte == UInt8(ascii: "~") ? 32 : byte
            }
        }

        /// Whether it begins at a place, and ends before another one.
        func stands(in bytes: [UInt8], at start: Int, before limit: Int) -> Bool {
            let end = start + letters.count
            guard end <= limit, isHead || ContextWords.isEdge(bytes, start) else { return false }
            for (offset, letter) in letters.enumerated() where ContextWords.lower(bytes[start + offset]) != letter {
                return false
            }
            // A number may follow without a gap: `KontoDE89…`.
            return isStem || end == limit || ContextWords.isEdge(bytes, end)
        }
    }

    private static func words(_ patterns: String) -> [Word] { patterns.split(separator: " ").map(Word.init) }

    /// Whether a word begins or ends before a place; the second one of `customerPhone` begins too.
    private static func isEdge(_ bytes: [UInt8], _ index: Int) -> Bool {
        guard index > 0, index < bytes.count, isLetter(bytes[index - 1]), isLetter(bytes[index]) else { return true }
        return !isUpper(bytes[index - 1]) && isUpper(bytes[index])
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (65...90).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        isUpper(byte) || (97...122).contains(byte) || byte == PlainText.letter
    }
    private static func lower(_ byte: UInt8) -> UInt8 { isUpper(byte) ? byte + 32 : byte }
}
