/// Words beside a number that say what it is, or that it is something else.
enum ContextWords {
    private static let before = 48
    private static let after = 24

    private static let speaking: [PersonalData.Kind: [String]] = [
        .iban: ["iban", "konto", "bankverbindung", "account"],
        .taxID: [
            "steuer-id", "steuerid", "idnr", "id-nr", "identifikationsnummer", "steueridentifikation", "tax id", "tin",
        ],
        .taxNumber: ["steuernummer", "steuer-nr", "st.-nr", "st-nr", "stnr", "st.nr", "steuer nr"],
        .vatID: ["ust-id", "ustid", "umsatzsteuer-id", "vat", "uid"],
        .card: ["karte", "card", "visa", "mastercard", "amex", "kreditk", "cvc", "cvv"],
        .phone: ["tel", "fon", "mobil", "handy", "phone", "fax", "ruf", "durchwahl", "call"],
        .email: [],
    ]

    private static let contradicting = [
        "rechnung", "bestell", "auftrag", "artikel", "ean", "gtin", "isbn", "lieferschein", "invoice", "order", "beleg",
        "tracking",
        "sendung", "kunden", "berater", "mandant", "gegenkonto", "vorgang", "ticket", "uuid", "serien", "sku",
        "timestamp",
    ]

    /// What a number may be the number of, where that follows it.
    private static let contradictingAfter = [
        "rechnung", "bestell", "auftrag", "lieferschein", "beleg", "invoice", "receipt",
    ]

    /// How much surer (or less sure) the words around make it.
    static func weight(of kind: PersonalData.Kind, in bytes: [UInt8], at range: Range<Int>) -> Double {
        let left = window(bytes, max(0, range.lowerBound - before)..<range.lowerBound)
        let right = window(bytes, range.upperBound..<min(bytes.count, range.upperBound + after))
        if contains(left, speaking[kind] ?? []) || contains(right, speaking[kind] ?? []) { return 0.4 }
        if contains(left, contradicting) { return -0.3 }
        // Nothing but its check digit says that a number is a card; with other kinds what follows is mostly the next thing.
        return kind == .card && contains(line(right), contradictingAfter) ? -0.3 : 0
    }

    private static func line(_ text: String) -> String { String(text.prefix { !$0.isNewline }) }

    /// The neighbourhood in lower case.
    private static func window(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        String(decoding: bytes[range].map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }

    private static func contains(_ text: String, _ words: [String]) -> Bool { words.contains { text.contains($0) } }
}
