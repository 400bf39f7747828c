import Cryptography
import HTTPServer

/// What the invoice list shows: its state is in the URL.
struct InvoiceListQuery: Sendable, Equatable {
    /// Invoices a page.
    static let pageSize = 10

    /// Only this customer's; nil for all.
    var customer: String?
    var order: InvoiceCatalogue.Order
    var descending: Bool
    /// From 1.
    var page: Int

    /// Reads `customer`, `sort` (`date`, `-date`, …) and `page`; what makes no sense is ignored.
    init(fields: [String: String]) {
        let sort = fields["sort"] ?? "number"
        customer = fields["customer"].flatMap { $0.isEmpty ? nil : $0 }
        descending = sort.hasPrefix("-")
        order = InvoiceCatalogue.Order(rawValue: String(sort.drop { $0 == "-" })) ?? .number
        page = max(1, fields["page"].flatMap { Int($0) } ?? 1)
    }

    /// The list's path for this query.
    var path: String {
        var fields = ["sort=\(descending ? "-" : "")\(order.rawValue)", "page=\(page)"]
        if let customer { fields.insert("customer=\(PercentCoding.encode(customer))", at: 0) }
        return "/invoices?" + fields.joined(separator: "&")
    }

    /// The same list sorted by a column; a second time turns it round.
    func sorted(by column: InvoiceCatalogue.Order) -> InvoiceListQuery {
        var copy = self
        copy.descending = order == column ? !descending : false
        copy.order = column
        copy.page = 1
        return copy
    }

    /// Another page of the same list.
    func page(_ number: Int) -> InvoiceListQuery {
        var copy = self
        copy.page = number
        return copy
    }
}
