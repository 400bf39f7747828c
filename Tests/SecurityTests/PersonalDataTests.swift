import FoundationEssentials
import JSON
import Testing

@testable import Security

struct PersonalDataTests {
    private let detector = PersonalDataDetector()

    private func kinds(_ text: String) -> [PersonalData.Kind] { detector.findings(in: text).map(\.kind) }

    private func found(_ text: String) -> [String] {
        detector.findings(in: text).map { String(decoding: Array(text.utf8)[$0.range], as: UTF8.self) }
    }

    @Test(arguments: [
        ("DE89370400440532013000", PersonalData.Kind.iban), ("DE89 3704 0044 0532 0130 00", .iban),
        ("AT611904300234573201", .iban), ("DE89/3704/0044/0532/0130/00", .iban), ("DE89_3704_0044_0532_0130_00", .iban),
        ("IBANDE89370400440532013000", .iban), ("KontoDE89 3704 0044 0532 0130 00", .iban),
        ("IBAN_DE89370400440532013000", .iban),
        ("überweisungDE89370400440532013000", .iban), ("a1_DE89370400440532013000_b.pdf", .iban),
        ("4111 1111 1111 1111 von der Karte für die Rechnung", .card), ("4111111111111111\nRechnung folgt", .card),
        ("GB29NWBK60161331926819", .iban), ("de89370400440532013000", .iban), ("Steuer-ID 36574261809", .taxID),
        ("IdNr. 86 095 742 719", .taxID), ("47036892816", .taxID), ("USt-IdNr. DE136695976", .vatID),
        ("DE 129273398", .vatID),
        ("Steuernummer 181/815/08155", .taxNumber), ("St.-Nr. 2893081508152", .taxNumber), ("4111111111111111", .card),
        ("4111 1111 1111 1111", .card), ("5500-0000-0000-0004", .card), ("340000000000009", .card),
        ("anna@kunde.example", .email),
        ("+49 89 1234567", .phone), ("0049 170 1234567", .phone), ("Tel. (089) 123 45-67", .phone),
        ("Telefon: 089/1234567", .phone),
        ("Mobil 01701234567", .phone), ("Telefon 089 / 12345678", .phone), ("Rückruf 0301234567", .phone),
        ("DE89370400440532013000BIC COBADEFFXXX", .iban), ("DE89370400440532013000EUR", .iban),
        ("DE89 3704 0044 0532 0130 00für", .iban),
        // Words inside of others say nothing.
        ("Jean Dupont 4111111111111111", .card), ("Wir fordern 4111111111111111 an", .card),
        ("Diskussion 4111111111111111", .card), ("Norderney: 4111111111111111", .card),
        ("Jean DE136695976", .vatID),
        // Of two words that differ the nearer one counts, and in a compound its head.
        ("Rechnung 12, Karte 4111111111111111", .card), ("Bestellung 12, Tel 0301234567", .phone),
        ("Rechnung mit Firmenkarte 4111111111111111", .card), ("Kundentelefon 0301234567", .phone),
        ("customerPhone: 0301234567", .phone),
    ])
    func `what is personal is found`(text: String, kind: PersonalData.Kind) {
        #expect(kinds("Sehr geehrte Frau Muster, \(text), mit Gruß") == [kind], "\(text)")
    }

    @Test(arguments: [
        "DE88370400440532013000", "Steuer-ID 36574261890", "IdNr 36554266806", "USt-IdNr. DE136695978",
        "4111111111111112",
        "Kreditkarte 4111 1111 1111 1112", "181/815/08155", "anna@kunde", "@example.com", "a@b.c", "anna@.example",
        "Rechnung 2026-0114 vom 28.10.2026", "Bestellnummer 4006381333931", "EAN 4006381333931", "1234567890",
        "089 1234567",
        "550e8400-e29b-41d4-a716-446655440000",
        "sha256 d31f49d5bcc6916d6fbf1850f5f8a9463b010a9298c308b69ae12fc18dde6f73",
        "2026-11-28T23:44:24.123Z", "Beraternummer 1234567 Mandantennummer 54321 Gegenkonto 84000", "1.234.567,89 EUR",
        "Rechnung 47036892816", "4111 1111 1111 1111 Rechnung", "Nr. 4111111111111111 (Rechnung)",
        "Rechnung 4111111111111111",
        "4111111111111111 is the invoice", "IBANDE88370400440532013000", "DE88/3704/0044/0532/0130/00",
        "x9DE89370400440532013000", "DE893704004405320130001", "0.000000001", "00000000000",
        "DE89370400440532013000b7", "Bestellung 0301234567", "Bestellnummer 095 742 719", "Hotel 0301234567",
        "Beruf 0301234567", "Mittelwert 0301234567", "Kundennummer von Martin 86095742719",
        "Karte 12, Rechnung 4111111111111111", "Tel 12, Bestellung 0301234567",
        "Bestellnummer: 0301234567 Tel folgt", "logo@2x.png", "Logo@3x.JPEG", "cid:image001.png@01DABCDE.ABCDEFAB",
    ])
    func `what is not is left alone`(text: String) {
        #expect(kinds(text) == [], "\(text)")
    }

    @Test(arguments: [
        "DE89\u{200B}3704\u{200B}00440532013000", "DE89\u{A0}3704\u{A0}0044\u{A0}0532\u{A0}0130\u{A0}00",
        "\u{FF24}\u{FF25}\u{FF18}\u{FF19}370400440532013000", "DE89370400\u{AD}440532013000",
        "DE89 3704 0044\r\n0532 0130 00",
        "DE89&nbsp;3704&#160;0044&#xA0;0532 0130 00", "DE89%203704%200044%200532%200130%2000",
        "DE89%C2%A03704%e2%80%af0044%A00532%2d0130%2D00", "DE89.3704.0044.0532.0130.00",
        "D\u{200D}E89370400440532013000",
    ])
    func `hiding it does not help`(text: String) {
        #expect(kinds("IBAN \(text).") == [.iban], "\(text)")
        let masked = detector.masked("IBAN \(text).", detector.findings(in: "IBAN \(text)."))
        #expect(masked == "IBAN [iban …3000].")
    }

    @Test func `addresses are found in other clothes too`() {
        #expect(found("schreib an müller&#64;kunde.example!") == ["müller&#64;kunde.example"])
        #expect(found("?to=anna%40kunde.de&x=1") == ["anna%40kunde.de"])
        #expect(found("mailto:anna%2Emuster%40kunde%2Ede") == ["anna%2Emuster%40kunde%2Ede"])
        #expect(found("um 20%, 40%4, %, %4, %zz und 3%40 davon").isEmpty)
        #expect(found("a＠b.example") == ["a＠b.example"])
        #expect(found("<anna.muster+x@mail.kunde.example>.") == ["anna.muster+x@mail.kunde.example"])
        #expect(found("cid:anna@kunde.example") == ["anna@kunde.example"])
    }

    @Test func `several are found in their order, none twice`() {
        let text = "anna@kunde.example, DE89 3704 0044 0532 0130 00, Karte 4111111111111111, Tel +49 30 901820"
        #expect(kinds(text) == [.email, .iban, .card, .phone])
        #expect(
            detector.masked(text, detector.findings(in: text))
                == "[email], [iban …3000], Karte [card …1111], Tel [phone]"
        )
    }

    /// fixtures/pii/vectors.json was made by tools/pii-vectors with python-stdnum.
    @Test func `check digits agree with python-stdnum`() throws {
        let path =
            #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/fixtures/pii/vectors.json"
        let bytes = try #require(FileManager.default.contents(atPath: path))
        let vectors = try #require(try JSONValue(parsing: Array(bytes)).object)
        func digits(_ text: String) -> [Int] { text.utf8.map { Int($0) - 48 } }
        let checks: [(String, (String) -> Bool)] = [
            (
                "iban",
                {
                    IBANLengths.of(Array($0.utf8)[0], Array($0.utf8)[1]) == $0.utf8.count
                        && CheckDigits.iban(Array($0.utf8))
                }
            ),
            ("tax_id", { CheckDigits.taxID(digits($0)) }),
            ("vat_id", { CheckDigits.mod1110(digits($0)) && $0.first != "0" }),
            ("card", { CheckDigits.luhn(digits($0)) }),
        ]
        for (name, check) in checks {
            let valid = vectors[name]?["valid"]?.array?.compactMap(\.string) ?? []
            let invalid = vectors[name]?["invalid"]?.array?.compactMap(\.string) ?? []
            #expect(valid.count >= 500 && invalid.count >= 500, "\(name)")
            #expect(valid.filter { !check($0) } == [], "\(name): valid ones refused")
            #expect(invalid.filter(check) == [], "\(name): invalid ones taken")
        }
    }

    @Test func `numbers that mean nothing are seldom taken for something`() {
        // A generator of its own, so that the rate is the same each time.
        var state: UInt64 = 42
        var hits = 0
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let number = String(10_000_000_000 + state % 90_000_000_000)
            if !kinds("x \(number) y").isEmpty { hits += 1 }
        }
        // Of random numbers of eleven digits 0.34 % pass the rule.
        #expect(hits < 120, "\(hits) of 20000")
    }

    @Test(arguments: [
        "a", "@", "1", "1 ", "+1", "DE", "a@", "&#", "(0", "\u{200B}", "0/1 ", "DE8", "ABDE89", "DE89/", "DE89_",
        "0 / 1", "tel 0301234567 ", "karte", "a@a.png ",
    ])
    func `a long row of anything ends`(piece: String) {
        let text = String(repeating: piece, count: 20_000 / piece.utf8.count)
        #expect(detector.findings(in: text).count < 20_000)
    }

    @Test func `bytes that are no text do no harm`() {
        let bytes: [UInt8] = [0xFF, 0xC3, 0x28, 0xE2, 0x82, 0xF0, 0x9F, 0x80, 0x40, 0xC0, 0x80, 0x26, 0x23]
        #expect(detector.findings(in: bytes) == [])
    }
}
