import HTTPServer
import Testing

@testable import FixtureServer

@Suite struct PortalTests {
    @Test func `the right password leads to the dashboard, under a new session cookie`() async throws {
        try await PortalBrowser.run { browser in
            _ = try await browser.get("/login")
            let before = browser.cookie("portal_session")
            let page = try await browser.login()
            #expect(page.path == "/dashboard")
            #expect(page.text.contains("Willkommen"))
            #expect(browser.cookie("portal_session") != before)
        }
    }

    @Test func `a wrong password shows a message and keeps the user name`() async throws {
        try await PortalBrowser.run { browser in
            let page = try await browser.login(password: "falsch")
            #expect(page.status == 401)
            #expect(page.text.contains("Benutzername oder Passwort ist falsch"))
            #expect(page.text.contains("value=\"buchhaltung\""))
            #expect(try await browser.get("/invoices").path.hasPrefix("/login"))
        }
    }

    @Test func `a form without its token is refused`() async throws {
        try await PortalBrowser.run { browser in
            _ = try await browser.get("/login")
            let page = try await browser.post("/login", "csrf=wrong&user=buchhaltung&password=demo-passwort")
            #expect(page.status == 403)
        }
    }

    @Test func `after the login the page asked for first is shown, but no foreign one`() async throws {
        try await PortalBrowser.run { browser in
            let form = try await browser.get("/invoices/2026-0114")
            #expect(form.path == "/login?next=%2Finvoices%2F2026-0114")
            let body = "csrf=\(form.csrf)&user=buchhaltung&password=demo-passwort&next="
            #expect(try await browser.post("/login", body + "%2Finvoices%2F2026-0114").path == "/invoices/2026-0114")
            let again = try await browser.get("/login")
            let foreign = "csrf=\(again.csrf)&user=buchhaltung&password=demo-passwort&next=%2F%2Fevil.example"
            #expect(try await browser.post("/login", foreign).path == "/dashboard")
        }
    }

    @Test func `invoices are paged by ten and filtered by customer`() async throws {
        try await PortalBrowser.run { browser in
            try await browser.login()
            let first = try await browser.get("/invoices")
            #expect(first.text.contains("64 Rechnungen gefunden"))
            #expect(first.text.contains("Seite 1 von 7"))
            #expect(first.text.split(separator: "<td><a href=\"/invoices/").count == 11)
            let last = try await browser.get("/invoices?page=7")
            #expect(last.text.split(separator: "<td><a href=\"/invoices/").count == 5)
            let filtered = try await browser.get("/invoices?customer=M%C3%BCller+%26+S%C3%B6hne+KG")
            #expect(filtered.text.contains("Müller &amp; Söhne KG</td>"))
            #expect(!filtered.text.contains("<td>Firma X GmbH</td>"))
        }
    }

    @Test func `sorted by date backwards, the newest invoice of the customer comes first`() async throws {
        try await PortalBrowser.run { browser in
            try await browser.login()
            let page = try await browser.get("/invoices?customer=Firma+X+GmbH&sort=-date")
            let first = try #require(page.text.split(separator: "<td><a href=\"/invoices/").dropFirst().first)
            #expect(first.hasPrefix("2026-0114"))
            #expect(page.text.contains("<td>28.10.2026</td>"))
            #expect(page.text.contains("3.248,70 €"))
        }
    }

    @Test func `a PDF must be made before it can be fetched, and only its session can`() async throws {
        try await PortalBrowser.run { browser in
            try await browser.login()
            #expect(try await browser.get("/invoices/2026-0114/pdf/guessed").status == 404)
            let detail = try await browser.get("/invoices/2026-0114")
            #expect(detail.text.contains("id=\"create-pdf\" type=\"button\" disabled"))
            let made = try await browser.post("/invoices/2026-0114/pdf", "", csrf: detail.csrf)
            #expect(made.status == 201)
            let path = try #require(made.text.split(separator: "\"").dropFirst(3).first.map(String.init))
            let pdf = try await browser.get(path)
            let isSame = pdf.bytes == InvoiceCatalogue()["2026-0114"]?.pdf()
            #expect(isSame)
            #expect(
                pdf.headers["Content-Disposition"]
                    == "attachment; filename=\"Rechnung_2026-0114_f_r_Firma_X_GmbH.pdf\"; "
                    + "filename*=UTF-8''Rechnung_2026-0114_f%C3%BCr_Firma_X_GmbH.pdf"
            )
            browser.setCookie("portal_session", "another")
            #expect(try await browser.get(path).path.hasPrefix("/login"))
        }
    }

    @Test func `a session ends after its time, on logout, and says so`() async throws {
        try await PortalBrowser.run { browser in
            try await browser.login()
            browser.wait(milliseconds: 1_799_000)
            #expect(try await browser.get("/invoices").status == 200)
            browser.wait(milliseconds: 1_800_000)
            let expired = try await browser.get("/invoices")
            #expect(expired.text.contains("Ihre Sitzung ist abgelaufen"))
            try await browser.login()
            let page = try await browser.get("/dashboard")
            let out = try await browser.post("/logout", "csrf=\(page.csrf)")
            #expect(out.text.contains("Sie sind abgemeldet"))
            #expect(try await browser.get("/dashboard").path.hasPrefix("/login"))
        }
    }

    @Test func `the language switch stays where one was`() async throws {
        try await PortalBrowser.run { browser in
            try await browser.login()
            let page = try await browser.get("/language?to=en&back=%2Finvoices%3Fpage%3D2")
            #expect(page.path == "/invoices?page=2")
            #expect(page.text.contains("Page 2 of 7"))
            #expect(page.text.contains("<html lang=\"en\">"))
            #expect(page.text.contains("€"))
        }
    }

    @Test func `what is typed into a form comes back as text, not as markup`() async throws {
        try await PortalBrowser.run { browser in
            let form = try await browser.get("/form")
            let page = try await browser.post("/form", "csrf=\(form.csrf)&name=%3Cb%3EA%3C%2Fb%3E&email=a%40b.de")
            #expect(page.text.contains("&lt;b&gt;A&lt;/b&gt; (a@b.de)"))
            #expect(page.text.split(separator: "data-count=").count == 6)
        }
    }

    @Test func `unknown pages and the error page have their status`() async throws {
        try await PortalBrowser.run { browser in
            #expect(try await browser.get("/error").status == 500)
            try await browser.login()
            #expect(try await browser.get("/invoices/none").status == 404)
            #expect(try await browser.get("/nothing").status == 404)
        }
    }

    @Test func `an order is counted under its key, and an old form places none`() async throws {
        try await PortalBrowser.run { browser in
            let form = try await browser.get("/order?key=j1:a")
            #expect(form.text.contains("value=\"j1:a\""))
            for _ in 0..<2 {
                let page = try await browser.post("/order", "csrf=\(form.csrf)&key=j1%3Aa")
                #expect(page.path == "/order/done?key=j1%3Aa" && page.text.contains("Danke, bestellt: j1:a"))
            }
            #expect(try await browser.post("/order", "csrf=wrong&key=j1%3Ab").status == 403)
            #expect(try await browser.get("/order/done?key=j1%3Ab").status == 404, "nobody is thanked for nothing")
            #expect(try await browser.get("/_control/orders").text == #"{"j1:a":2}"#)
        }
    }
}
