extension PortalView {
    /// One button that orders something, and must be clicked once; needs no login.
    func order(_ key: String) -> HTML {
        page(
            language("Bestellung", "Order"),
            """
            <form method="post" action="/order">
            \(token)
            <input type="hidden" name="key" value="\(key)">
            <div><button type="submit" id="order">\(language("Verbindlich bestellen", "Place the order"))</button></div>
            </form>
            """
        )
    }

    /// What was ordered.
    func ordered(_ key: String) -> HTML {
        page(
            language("Bestellt", "Ordered"),
            "<p id=\"result\" class=\"notice\" role=\"status\">\(language("Danke, bestellt", "Thank you, ordered")): \(key)</p>"
        )
    }
}
