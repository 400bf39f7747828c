extension PortalView {
    /// The list of invoices with filter, sortable columns and pages.
    func invoices(_ catalogue: InvoiceCatalogue, _ query: InvoiceListQuery) -> HTML {
        let all = catalogue.list(customer: query.customer, order: query.order, descending: query.descending)
        let pages = max(1, (all.count + InvoiceListQuery.pageSize - 1) / InvoiceListQuery.pageSize)
        let page = min(query.page, pages)
        let shown = all.dropFirst((page - 1) * InvoiceListQuery.pageSize).prefix(InvoiceListQuery.pageSize)
        return self.page(
            language("Rechnungen", "Invoices"),
            """
            \(filter(catalogue, query))
            <p role="status">\(all.count) \(language("Rechnungen gefunden", "invoices found"))</p>
            <table aria-label="\(language("Rechnungen", "Invoices"))">
            <thead><tr>
            \(column(language("Nummer", "Number"), .number, query))
            \(column(language("Kunde", "Customer"), .customer, query))
            \(column(language("Datum", "Date"), .date, query))
            \(column(language("Betrag", "Amount"), .total, query, className: "number"))
            <th scope="col">Status</th>
            </tr></thead>
            <tbody>
            \(.join(shown.map(row)))
            </tbody>
            </table>
            \(pager(query, page: page, of: pages))
            """
        )
    }

    private func filter(_ catalogue: InvoiceCatalogue, _ query: InvoiceListQuery) -> HTML {
        let options = catalogue.customers.map { name -> HTML in
            query.customer == name ? "<option selected>\(name)</option>" : "<option>\(name)</option>"
        }
        return """
            <form class="bar" method="get" action="/invoices" role="search">
            <div><label for="customer">\(language("Kunde", "Customer"))</label>
            <select id="customer" name="customer">
            <option value="">\(language("Alle Kunden", "All customers"))</option>
            \(.join(options))
            </select></div>
            <button type="submit">\(language("Filtern", "Filter"))</button>
            </form>
            """
    }

    private func column(
        _ name: String,
        _ order: InvoiceCatalogue.Order,
        _ query: InvoiceListQuery,
        className: String = "text"
    ) -> HTML {
        let state = query.order != order ? "none" : query.descending ? "descending" : "ascending"
        return """
            <th scope="col" class="\(className)" aria-sort="\(state)"><a href="\(query.sorted(by: order).path)">\(name)</a></th>
            """
    }

    private func row(_ invoice: Invoice) -> HTML {
        """
        <tr>
        <td><a href="/invoices/\(invoice.number)">\(invoice.number)</a></td>
        <td>\(invoice.customer)</td>
        <td>\(language.date(invoice.date))</td>
        <td class="number">\(language.money(invoice.total))</td>
        <td>\(status(invoice))</td>
        </tr>
        """
    }

    private func pager(_ query: InvoiceListQuery, page: Int, of pages: Int) -> HTML {
        let previous: HTML =
            page > 1
            ? "<a rel=\"prev\" href=\"\(query.page(page - 1).path)\">\(language("Zurück", "Previous"))</a>" : ""
        let next: HTML =
            page < pages
            ? "<a rel=\"next\" href=\"\(query.page(page + 1).path)\">\(language("Weiter", "Next"))</a>" : ""
        return """
            <nav class="bar" aria-label="\(language("Seiten", "Pages"))">
            \(previous)
            <span>\(language("Seite", "Page")) \(page) \(language("von", "of")) \(pages)</span>
            \(next)
            </nav>
            """
    }

    /// One invoice with its late buttons.
    func invoice(_ invoice: Invoice) -> HTML {
        let path = "/invoices/\(invoice.number)"
        return page(
            language("Rechnung \(invoice.number)", "Invoice \(invoice.number)"),
            """
            <dl>
            <dt>\(language("Nummer", "Number"))</dt><dd data-testid="number">\(invoice.number)</dd>
            <dt>\(language("Kunde", "Customer"))</dt><dd data-testid="customer">\(invoice.customer)</dd>
            <dt>\(language("Datum", "Date"))</dt><dd data-testid="date">\(language.date(invoice.date))</dd>
            <dt>\(language("Gesamtbetrag", "Total"))</dt><dd data-testid="total">\(language.money(invoice.total))</dd>
            <dt>Status</dt><dd data-testid="status">\(status(invoice))</dd>
            </dl>
            <table aria-label="\(language("Positionen", "Items"))">
            <thead><tr><th scope="col">\(language("Leistung", "Service"))</th>
            <th scope="col" class="number">\(language("Menge", "Quantity"))</th>
            <th scope="col" class="number">\(language("Betrag", "Amount"))</th></tr></thead>
            <tbody>
            \(.join(invoice.items.map(item)))
            </tbody>
            </table>
            <div class="bar line">
            <button id="create-pdf" type="button" disabled data-check="\(path)/check" data-create="\(path)/pdf"
            data-working="\(language("PDF wird erstellt …", "Creating the PDF …"))"
            data-ready="\(language("PDF ist bereit.", "The PDF is ready."))"
            data-failed="\(language("PDF konnte nicht erstellt werden.", "The PDF could not be created."))">\(language("PDF erstellen", "Create PDF"))</button>
            <button type="button" hidden data-appears-after="400" data-acknowledge="\(path)/seen">\(language("Als gelesen markieren", "Mark as read"))</button>
            <span id="pdf-status" role="status"></span>
            <a id="pdf-link" hidden href="\(path)">\(language("PDF herunterladen", "Download PDF"))</a>
            </div>
            <p id="acknowledged" class="notice" role="status" hidden>\(language("Als gelesen markiert.", "Marked as read."))</p>
            <p><a href="/invoices">\(language("Zurück zur Liste", "Back to the list"))</a></p>
            """
        )
    }

    private func item(_ item: Invoice.Item) -> HTML {
        """
        <tr><td>\(item.text)</td><td class="number">\(item.quantity)</td>
        <td class="number">\(language.money(item.total))</td></tr>
        """
    }

    private func status(_ invoice: Invoice) -> String {
        invoice.isPaid ? language("bezahlt", "paid") : language("offen", "open")
    }
}
