extension PortalView {
    /// A form with two fields, for first steps and measurements; needs no login.
    func form() -> HTML {
        page(
            language("Formular", "Form"),
            """
            <form method="post" action="/form">
            \(token)
            <label for="name">Name</label>
            <input id="name" name="name" required>
            <label for="email">\(language("E-Mail", "E-mail"))</label>
            <input id="email" name="email" type="email" required>
            <div><button type="submit" id="submit">\(language("Absenden", "Submit"))</button></div>
            </form>
            """
        )
    }

    /// What was entered, with five buttons that count their clicks.
    func formResult(name: String, email: String) -> HTML {
        let buttons = (1...5).map { number -> HTML in
            "<button type=\"button\" id=\"count-\(number)\" data-count=\"0\">\(language("Zähler", "Counter")) \(number)</button>"
        }
        return page(
            language("Ergebnis", "Result"),
            """
            <p id="result" class="notice" role="status">\(language("Danke", "Thank you")), \(name) (\(email)).</p>
            <div class="bar">
            \(.join(buttons))
            </div>
            <p>\(language("Klicks", "Clicks")): <output id="counter">0</output></p>
            <p><a href="/form">\(language("Noch einmal", "Once more"))</a></p>
            """
        )
    }
}
