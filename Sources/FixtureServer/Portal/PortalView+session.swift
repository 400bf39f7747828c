extension PortalView {
    /// Why the login form is shown.
    enum LoginNote: Sendable {
        case none, wrongPassword, sessionExpired, loggedOut
    }

    /// The login form.
    func login(_ note: LoginNote, user: String, next: String) -> HTML {
        page(
            language("Anmelden", "Sign in"),
            """
            \(message(note))
            <form method="post" action="/login">
            \(token)
            <input type="hidden" name="next" value="\(next)">
            <label for="user">\(language("Benutzername", "User name"))</label>
            <input id="user" name="user" value="\(user)" autocomplete="username" placeholder="name" required>
            <label for="password">\(language("Passwort", "Password"))</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required>
            <div><button type="submit" data-testid="login">\(language("Anmelden", "Sign in"))</button></div>
            </form>
            """
        )
    }

    /// What is seen first after the login.
    func dashboard(_ catalogue: InvoiceCatalogue) -> HTML {
        let open = catalogue.invoices.filter { !$0.isPaid }
        let sum = open.reduce(Money(cents: 0)) { $0 + $1.total }
        return page(
            language("Übersicht", "Dashboard"),
            """
            <p>\(language("Willkommen im Kundenportal.", "Welcome to the customer portal."))</p>
            <dl>
            <dt>\(language("Rechnungen", "Invoices"))</dt><dd>\(catalogue.invoices.count)</dd>
            <dt>\(language("Offen", "Open"))</dt><dd>\(open.count)</dd>
            <dt>\(language("Offener Betrag", "Open amount"))</dt><dd>\(language.money(sum))</dd>
            </dl>
            <p><a class="button" href="/invoices">\(language("Rechnungen ansehen", "View invoices"))</a></p>
            """
        )
    }

    /// A page that says what went wrong.
    func failure(_ title: String, _ text: String) -> HTML {
        page(
            title,
            """
            <p class="alert" role="alert">\(text)</p>
            <p><a href="/">\(language("Zur Startseite", "Back to the start page"))</a></p>
            """
        )
    }

    private func message(_ note: LoginNote) -> HTML {
        switch note {
        case .none:
            return ""
        case .wrongPassword:
            let text = language(
                "Benutzername oder Passwort ist falsch. Bitte versuchen Sie es erneut.",
                "The user name or the password is wrong. Please try again."
            )
            return "<p class=\"alert\" role=\"alert\">\(text)</p>"
        case .sessionExpired:
            let text = language(
                "Ihre Sitzung ist abgelaufen. Bitte melden Sie sich erneut an.",
                "Your session has expired. Please sign in again."
            )
            return "<p class=\"alert\" role=\"alert\">\(text)</p>"
        case .loggedOut:
            return "<p class=\"notice\" role=\"status\">\(language("Sie sind abgemeldet.", "You are signed out."))</p>"
        }
    }
}
