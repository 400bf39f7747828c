/// The language a portal page is shown in; both texts stand where they are used.
enum PortalLanguage: String, Sendable {
    case german = "de"
    case english = "en"

    /// The text in this language.
    func callAsFunction(_ german: String, _ english: String) -> String { self == .german ? german : english }

    /// `14.11.2026` or `2026-11-14`
    func date(_ day: CalendarDay) -> String { self == .german ? day.german : day.iso8601 }

    /// `1.249,50 €` or `€1,249.50`
    func money(_ money: Money) -> String { self == .german ? money.german + " €" : "€" + money.english }

    var other: PortalLanguage { self == .german ? .english : .german }
}
