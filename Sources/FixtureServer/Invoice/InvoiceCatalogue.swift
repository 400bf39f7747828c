/// The invoices of the portal: the same at every start, so that scenarios and screenshots can be compared.
struct InvoiceCatalogue: Sendable {
    /// What the list is sorted by.
    enum Order: String, Sendable {
        case number, customer, date, total
    }

    /// By number, which is by date.
    let invoices: [Invoice]
    /// Every customer once, by name.
    let customers: [String]

    init() {
        let customers = [
            "Firma X GmbH", "Müller & Söhne KG", "Bäckerei Weißbrodt", "Autohaus Lindner AG", "Café Zürich GmbH",
            "Hausverwaltung Öztürk", "O'Brien Consulting Ltd",
        ]
        let services = [
            ("Beratung", 9500), ("Lohnabrechnung", 1850), ("Finanzbuchhaltung", 12_900), ("Jahresabschluss", 84_000),
            ("Reisekosten", 4275), ("Schulung", 39_000),
        ]
        var random = Sequence64(state: 2026)
        invoices = (0..<64).map { index in
            // Every 10th invoice goes to the first customer, and three follow its last: the newest of one customer is
            // on neither end of the list.
            let customer = index % 10 == 0 ? customers[0] : customers[1 + random.next(below: customers.count - 1)]
            let items = (0...random.next(below: 3)).map { _ in
                let service = services[random.next(below: services.count)]
                return Invoice.Item(
                    text: service.0,
                    quantity: 1 + random.next(below: 8),
                    unitPrice: Money(cents: service.1)
                )
            }
            return Invoice(
                number: "2026-0\(54 + index < 100 ? "0" : "")\(54 + index)",
                customer: customer,
                date: CalendarDay(daysSince1970: 20_454 + index * 5 + random.next(below: 4)),
                isPaid: index < 50 || random.next(below: 3) == 0,
                items: items
            )
        }
        self.customers = customers.sorted()
    }

    /// The invoice with a number.
    subscript(number: String) -> Invoice? { invoices.first { $0.number == number } }

    /// The invoices of a customer (nil: of all), sorted.
    func list(customer: String?, order: Order, descending: Bool) -> [Invoice] {
        let wanted = invoices.filter { customer == nil || $0.customer == customer }
        let ascending = wanted.sorted { lhs, rhs in
            switch order {
            case .number: lhs.number < rhs.number
            case .customer: (lhs.customer, lhs.number) < (rhs.customer, rhs.number)
            case .date: (lhs.date, lhs.number) < (rhs.date, rhs.number)
            case .total: (lhs.total, lhs.number) < (rhs.total, rhs.number)
            }
        }
        return descending ? ascending.reversed() : ascending
    }

    /// A fixed sequence of pseudo-random numbers (Knuth's MMIX generator).
    private struct Sequence64 {
        var state: UInt64

        mutating func next(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }
}
