import FoundationEssentials
import JSON
import JobModel
import Testing

@testable import Planning

/// `config/intents.yaml` as it is shipped.
@Suite struct ShippedIntentsTests {
    private static let path =
        #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        + "/config/intents.yaml"

    private func decide(_ sentence: String) async throws -> IntentDecision {
        try await IntentCatalogue(path: Self.path).decide(sentence)
    }

    private func order(_ sentence: String) async throws -> (name: String?, variables: JSONObject) {
        let catalogue = try await IntentCatalogue(path: Self.path)
        let decision = try await catalogue.decide(sentence)
        guard let best = decision.best, let intent = catalogue.registry.intent(best.intent) else { return (nil, [:]) }
        let slots = best.slots.reduce(into: JSONObject()) { $0[$1.key] = .string($1.value) }
        return (intent.name, try intent.order(slots: slots).variables)
    }

    @Test func `there are at least fifteen, each with examples, each a scenario that can run`() async throws {
        let registry = try await IntentCatalogue(path: Self.path).registry
        #expect(registry.intents.count >= 15)
        for intent in registry.intents {
            #expect(intent.examples.count >= 2, "\(intent.name)")
            #expect(throws: Never.self) { try Scenario(json: intent.scenario) }
        }
    }

    @Test func `every example means its intent, whatever its case, and fills what must be filled`() async throws {
        let catalogue = try await IntentCatalogue(path: Self.path)
        for intent in catalogue.registry.intents {
            for example in intent.examples {
                for sentence in [example, example.uppercased(), "  " + example + "  "] {
                    let decision = try await catalogue.decide(sentence)
                    #expect(decision.best?.intent == intent.name, "\(sentence): \(decision)")
                    #expect(decision.best?.evidence.hasPrefix("pattern") == true, "\(sentence)")
                    let missing = intent.slots.filter { $0.isRequired && decision.best?.slots[$0.name] == nil }
                    #expect(missing.map(\.name) == [], "\(sentence)")
                }
            }
        }
    }

    @Test(arguments: [
        "Schick Anna die letzte Rechnung von Firma X",
        "schicke anna bitte die neueste Rechnung von firma x.",
        "Finde in DATEV letzte Rechnung für Firma X, exportiere PDF, sende per Mail an Anna",
        "Schick die letzte Rechnung von Firma X an Anna",
        "Please send Anna the latest invoice of Firma X",
        "Send the newest invoice from Firma X to Anna!", "Schicke bitte die letzte Rechnung von Firma X an Anna",
        "Schick bitte Anna die letzte Rechnung von Firma X, bitte.",
        "Send please the latest invoice of Firma X to Anna please",
        #"Schick Anna die letzte Rechnung von "Firma X""#, "Schick Anna die letzte Rechnung von „Firma X“.",
        "Schick Anna die letzte Rechnung von »Firma X«!", "Schick Anna die letzte Rechnung von 'Firma X'",
        #"Schick die letzte Rechnung von "Firma X" an "Anna""#,
        "Schick mir bitte die letzte Rechnung von Firma X an Anna",
        "Schick mir die letzte Rechnung von Firma X an Anna",
        "Bitte schick Anna die letzte Rechnung von Firma X, danke",
        "Schick Anna die letzte Rechnung von Firma X danke!",
        "Please send Anna the latest invoice of Firma X, thank you",
        "Hallo, schick Anna die letzte Rechnung von Firma X. Vielen Dank und viele Grüße",
        "Guten Tag, bitte schick Anna die letzte Rechnung von Firma X, danke im Voraus, LG",
        "Hi, send Anna the latest invoice of Firma X, thanks in advance",
        "Kannst du Anna bitte die letzte Rechnung von Firma X schicken?",
        "Kannst du bitte die letzte Rechnung von Firma X an Anna schicken?",
        "Kannst du mir bitte die letzte Rechnung von Firma X an Anna schicken?",
        "Can you please send Anna the latest invoice of Firma X?",
        "Could you send me the latest invoice of Firma X to Anna, please?",
    ])
    func `the sentence of the seeds is understood, and names mean what the lists say`(sentence: String) async throws {
        let (name, variables) = try await order(sentence)
        #expect(name == "send_newest_invoice")
        #expect(variables["customer"] == "Firma X GmbH")
        #expect(variables["recipient"] == "Anna Muster <anna@kunde.example>")
    }

    @Test func `a mail keeps its words`() async throws {
        let (name, variables) = try await order(
            #"Schreib eine Mail an max@firma.example mit Betreff "Termin am Montag" und Text "Passt neun Uhr?""#
        )
        #expect(name == "send_mail")
        #expect(variables["recipient"] == "max@firma.example")
        #expect(variables["subject"] == "Termin am Montag" && variables["text"] == "Passt neun Uhr?")
    }

    @Test(arguments: ["", "   ", String(repeating: "x", count: 2_001)])
    func `nothing, and too much, is refused`(sentence: String) async throws {
        await #expect(throws: InvalidInput.self) { try await decide(sentence) }
    }

    @Test(arguments: ["Wie wird das Wetter morgen?", "asdf", "🤖", "Rechnung", "Bring the coffee"])
    func `what nobody can do is unknown`(sentence: String) async throws {
        #expect(try await decide(sentence).best == nil)
    }

    @Test func `an address after a word of politeness is the recipient`() async throws {
        let sentence = "Schicke bitte die letzte Rechnung von Firma X an anna@kunde.example"
        let (name, variables) = try await order(sentence)
        #expect(name == "send_newest_invoice")
        #expect(variables["customer"] == "Firma X GmbH" && variables["recipient"] == "anna@kunde.example")
    }

    @Test(arguments: [
        "Schick Anna die letzte Rechnung von Firma X nicht", "Schick Anna die letzte Rechnung von Firma X bitte nicht!",
        "Schick Anna nie die letzte Rechnung von Firma X", "Schick Anna niemals die neueste Rechnung von Firma X",
        "Schick keine letzte Rechnung von Firma X an Anna", "Don't send Anna the latest invoice of Firma X",
        "Please don’t send Anna the latest invoice of Firma X", "Do not send the newest invoice from Firma X to Anna",
        "Never mail Anna the latest invoice of Firma X", "SCHICK ANNA DIE LETZTE RECHNUNG VON FIRMA X NICHT.",
    ])
    func `what is not to be done is unknown, and told what it is near to`(sentence: String) async throws {
        let decision = try await decide(sentence)
        #expect(decision.best == nil, "\(decision)")
        #expect(decision.nearest.map(\.intent).contains("send_newest_invoice"), "\(decision)")
        #expect(decision.nearest.allSatisfy { $0.confidence < 0.5 }, "\(decision)")
    }

    @Test(arguments: [
        ("Fill in no form at https://example.com/form with name Ada and email ada@example.com", "fill_form"),
        ("You cannot fill in the form at https://example.com/ with name Ada and email ada@example.com", "fill_form"),
        ("Take no screenshot of https://example.com/", "take_screenshot"),
        ("Don\u{2019}t take a screenshot of https://example.com/", "take_screenshot"),
        ("Don\u{2BC}t take a screenshot of https://example.com/", "take_screenshot"),
        ("Melde dich vom Portal ab", "log_in"), ("Log dich aus dem Portal aus", "log_in"),
        ("Schick Anna nicht die letzte Rechnung von Firma X, danke", "send_newest_invoice"),
    ])
    func `a no in any spelling, and the contrary of an intent, are unknown`(
        sentence: String,
        nearest: String
    ) async throws {
        let decision = try await decide(sentence)
        #expect(decision.best == nil, "\(decision)")
        #expect(decision.nearest.map(\.intent).contains(nearest), "\(decision)")
    }

    @Test(arguments: [
        ("Send Anna the latest invoice of Firma no 17", "Firma no 17"),
        ("Send Anna the latest invoice of Firma No. 5", "Firma No. 5"),
        ("Send Anna the latest invoice of No-Name GmbH", "No-Name GmbH"),
        (#"Send Anna the latest invoice of "Nie und Nimmer GmbH""#, "Nie und Nimmer GmbH"),
        ("Schick Anna die letzte Rechnung von Firma LG", "Firma LG"),
    ])
    func `a number, and a name that looks like more, are what they are`(
        sentence: String,
        customer: String
    ) async throws {
        let (name, variables) = try await order(sentence)
        #expect(name == "send_newest_invoice")
        #expect(variables["customer"]?.string == customer)
    }

    @Test(arguments: [
        ("Notiere: Anna anrufen, danke", "Anna anrufen, danke"), (#"Notiere "Anna anrufen", danke"#, "Anna anrufen"),
        (#"Hallo, notiere "Anna anrufen"."#, "Anna anrufen"),
    ])
    func `thanks that may belong to a text stay in it`(sentence: String, text: String) async throws {
        let (name, variables) = try await order(sentence)
        #expect(name == "write_note")
        #expect(variables["text"]?.string == text)
    }

    @Test(arguments: [
        ("Kannst du bitte die letzte Rechnung von Firma X herunterladen?", "download_invoice"),
        ("Kannst du mir bitte alle Rechnungen von Firma X zeigen?", "list_invoices"),
        ("Can you please list all invoices of Firma X?", "list_invoices"),
        ("Kannst du Mails von Anna suchen?", "search_mail_from"),
        (#"Kannst du Anna eine Mail mit Betreff "Termin" und Text "Um neun?" schreiben?"#, "send_mail"),
        ("Kannst du bitte einen Screenshot von https://example.com/ machen?", "take_screenshot"),
        ("Kannst du https://example.com/ bitte als PDF exportieren?", "export_pdf"),
        ("Kannst du die Seite https://example.com/ bitte vorlesen?", "read_page"),
    ])
    func `a request may be a question`(sentence: String, intent: String) async throws {
        #expect(try await order(sentence).name == intent)
    }

    @Test func `an address keeps out of what is said around it, and may be in capitals`() async throws {
        let (name, variables) = try await order("MACH EINEN SCREENSHOT VON HTTPS://EXAMPLE.COM/, DANKE")
        #expect(name == "take_screenshot")
        #expect(variables["url"] == "HTTPS://EXAMPLE.COM/")
    }

    @Test func `letters in two code points are letters`() async throws {
        let sentence =
            "Fu\u{308}lle das Formular auf https://example.com/ mit Name Ju\u{308}rgen und E-Mail j@example.com aus"
        let (name, variables) = try await order(sentence)
        #expect(name == "fill_form")
        #expect(variables["person"] == "Jürgen")
    }

    @Test(arguments: [
        (#"Schreib Anna eine Mail mit Betreff "Termin" und Text "Ich komme nicht""#, "send_mail"),
        (#"Notiere "Anna nicht anrufen""#, "write_note"), ("Notiere: Anna nicht anrufen", "write_note"),
        ("Exportiere https://example.com/nicht/never als PDF", "export_pdf"),
    ])
    func `a text that is handed over may say no`(sentence: String, intent: String) async throws {
        #expect(try await decide(sentence).best?.intent == intent)
    }

    @Test func `an unknown sentence is told what is near`() async throws {
        let decision = try await decide("Was ist mit der Rechnung?")
        #expect(decision.best == nil)
        #expect(decision.nearest.map(\.intent).contains { $0.hasSuffix("invoice") }, "\(decision)")
        #expect(decision.nearest.count <= 3)
    }

    @Test func `a slot that is no address is refused, with what was said`() async throws {
        let error = await #expect(throws: InvalidInput.self) {
            try await order("Schick Zacharias die letzte Rechnung von Firma X")
        }
        #expect(error?.problems.map(\.pointer.description) == ["/slots/recipient"])
        #expect(error?.description.contains("'Zacharias', and nobody is known by that name") == true)
    }
}
