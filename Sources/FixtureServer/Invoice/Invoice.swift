/// An invoice of the portal.
struct Invoice: Sendable, Hashable {
    /// A line of an invoice.
    struct Item: Sendable, Hashable {
        let text: String
        let quantity: Int
        let unitPrice: Money
        var total: Money { Money(cents: quantity * unitPrice.cents) }
    }

    /// `2026-0114`
    let number: String
    let customer: String
    let date: CalendarDay
    let isPaid: Bool
    let items: [Item]

    /// Sum of the items.
    var net: Money { items.reduce(Money(cents: 0)) { $0 + $1.total } }
    /// 19 % value added tax, rounded half up.
    var tax: Money { Money(cents: (net.cents * 19 + 50) / 100) }
    /// What is to be paid.
    var total: Money { net + tax }
    /// The name its PDF is downloaded under; the umlaut is there to be transported.
    var fileName: String {
        "Rechnung_\(number)_für_\(String(customer.map { $0 == " " || $0 == "/" ? "_" : $0 })).pdf"
    }
}
