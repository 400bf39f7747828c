import Cryptography
import HTTPServer

/// Draws the pages of the portal for one request.
struct PortalView: Sendable {
    let language: PortalLanguage
    /// Who is logged in.
    let user: String?
    /// The session's form token.
    let csrf: String
    /// Path and query of this page, for the language switch.
    let location: String

    /// A whole page around `body`.
    func page(_ title: String, _ body: HTML) -> HTML {
        """
        <!doctype html>
        <html lang="\(language.rawValue)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="csrf" content="\(csrf)">
        <title>\(title) – Kundenportal</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/style.css">
        <script src="/portal.js" defer></script>
        </head>
        <body>
        <header>
        <span class="brand">\(language("Kanzlei Beispiel · Kundenportal", "Example Accounting · Customer portal"))</span>
        \(navigation)
        \(languageSwitch)
        </header>
        <main>
        <h1>\(title)</h1>
        \(body)
        </main>
        <footer>\(language("Demonstrationsportal, alle Daten sind erfunden", "Demonstration portal, all data is made up"))</footer>
        </body>
        </html>

        """
    }

    /// The hidden field every form carries.
    var token: HTML { "<input type=\"hidden\" name=\"csrf\" value=\"\(csrf)\">" }

    private var navigation: HTML {
        guard let user else { return "<nav></nav>" }
        return """
            <nav aria-label="\(language("Hauptnavigation", "Main navigation"))">
            <a href="/dashboard">\(language("Übersicht", "Dashboard"))</a>
            <a href="/invoices">\(language("Rechnungen", "Invoices"))</a>
            </nav>
            <span>\(language("Angemeldet als", "Signed in as")) <strong>\(user)</strong></span>
            <form method="post" action="/logout">\(token)<button class="plain">\(language("Abmelden", "Sign out"))</button></form>
            """
    }

    private var languageSwitch: HTML {
        let target = "/language?to=\(language.other.rawValue)&back=\(PercentCoding.encode(location))"
        let name = language("English", "Deutsch")
        return
            "<a href=\"\(target)\" lang=\"\(language.other.rawValue)\" hreflang=\"\(language.other.rawValue)\">\(name)</a>"
    }
}
