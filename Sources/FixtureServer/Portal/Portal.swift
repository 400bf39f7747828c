import Cryptography
package import EventLoops
package import HTTPServer
import JSON

/// A customer portal with login, invoices and PDFs, as the back offices of this world have to click through.
///
/// Lives on one loop. Bodies above 16 KiB are refused.
package actor Portal: HTTPHandler {
    static let sessionCookie = "portal_session"
    static let languageCookie = "portal_language"

    private nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let configuration: PortalConfiguration
    let catalogue = InvoiceCatalogue()
    private var sessions: PortalSessions
    private var orders = PortalOrders()

    /// A portal without sessions.
    package init(_ configuration: PortalConfiguration, on loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
        sessions = PortalSessions(lifetime: Int64(configuration.sessionLifetime.components.seconds) * 1000)
    }

    /// Ends every session, so that the next request of each browser meets the login form.
    package func expireSessions() { sessions.removeAll() }

    package func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        guard let body = try await request.collectBody(limit: 16 << 10) else {
            return HTTPResponse(status: 413, headers: ["Connection": "close"])
        }
        if let asset = Self.asset(request) { return asset }
        let visit = visit(of: request, form: PercentCoding.fields(String(decoding: body, as: UTF8.self)))
        var response = try await route(request, visit)
        response.headers.append("Cache-Control", "no-store")
        response.headers.append("X-Content-Type-Options", "nosniff")
        if visit.isNew {
            response.headers.append("Set-Cookie", Self.cookie(Self.sessionCookie, visit.id))
        }
        return response
    }

    private static func asset(_ request: HTTPRequest) -> HTTPResponse? {
        let assets = [
            "/style.css": ("text/css; charset=utf-8", PortalAssets.style),
            "/portal.js": ("text/javascript; charset=utf-8", PortalAssets.script),
        ]
        guard request.method == "GET", let (type, text) = assets[request.path] else { return nil }
        return HTTPResponse(
            status: 200,
            headers: ["Content-Type": type, "Cache-Control": "max-age=60"],
            body: .bytes(Array(text.utf8))
        )
    }

    private func visit(of request: HTTPRequest, form: [String: String]) -> PortalVisit {
        let now = configuration.now()
        let cookie = request.cookie(Self.sessionCookie)
        let known = sessions.use(cookie, now: now)
        let id = known?.id ?? configuration.makeToken()
        let session = known?.session ?? PortalSession(csrf: configuration.makeToken(), lastUsed: now)
        if known == nil { sessions[id] = session }
        let language = request.cookie(Self.languageCookie).flatMap(PortalLanguage.init) ?? .german
        let location = request.path + (request.query.map { "?" + $0 } ?? "")
        return PortalVisit(
            id: id,
            isNew: known == nil,
            lostSession: known == nil && cookie != nil,
            session: session,
            form: form,
            csrf: form["csrf"] ?? request.headers["X-CSRF-Token"] ?? "",
            view: PortalView(language: language, user: session.user, csrf: session.csrf, location: location)
        )
    }

    private func route(_ request: HTTPRequest, _ visit: PortalVisit) async throws -> HTTPResponse {
        let view = visit.view
        if request.method == "POST", visit.csrf != visit.session.csrf {
            if visit.lostSession { return .redirect("/login?note=expired") }
            let text = view.language(
                "Das Formular ist veraltet. Bitte laden Sie die Seite neu.",
                "The form is out of date. Please reload the page."
            )
            return .html(403, view.failure(view.language("Nicht erlaubt", "Forbidden"), text))
        }
        switch (request.method, request.segments) {
        case ("GET", []):
            return .redirect(visit.session.user == nil ? "/login" : "/dashboard")
        case ("GET", ["login"]):
            return loginForm(request, visit)
        case ("POST", ["login"]):
            return login(visit)
        case ("POST", ["logout"]):
            sessions[visit.id] = nil
            return .redirect("/login?note=out")
        case ("GET", ["language"]):
            return switchLanguage(request)
        case ("GET", ["form"]):
            return .html(200, view.form())
        case ("POST", ["form"]):
            let name = PercentCoding.encode(visit.form["name"] ?? "")
            return .redirect("/form/result?name=\(name)&email=\(PercentCoding.encode(visit.form["email"] ?? ""))")
        case ("GET", ["form", "result"]):
            let fields = request.queryFields
            return .html(200, view.formResult(name: fields["name"] ?? "", email: fields["email"] ?? ""))
        case ("GET", ["order"]):
            return .html(200, view.order(request.queryFields["key"] ?? ""))
        case ("POST", ["order"]):
            return placeOrder(visit)
        case ("GET", ["order", "done"]):
            let key = request.queryFields["key"] ?? ""
            return orders.has(key) ? .html(200, view.ordered(key)) : Self.notFound(view)
        case ("GET", ["_control", "orders"]):
            return .json(200, orders.json.text())
        case ("GET", ["error"]):
            let text = view.language(
                "Ein interner Fehler ist aufgetreten (Fehler 500).",
                "An internal error (500) occurred."
            )
            return .html(500, view.failure(view.language("Fehler", "Error"), text))
        default:
            guard visit.session.user != nil else {
                let note = visit.lostSession ? "note=expired&" : ""
                return .redirect("/login?\(note)next=\(PercentCoding.encode(view.location))")
            }
            return try await routeMember(request, visit)
        }
    }

    private func routeMember(_ request: HTTPRequest, _ visit: PortalVisit) async throws -> HTTPResponse {
        let view = visit.view
        switch (request.method, request.segments) {
        case ("GET", ["dashboard"]):
            return .html(200, view.dashboard(catalogue))
        case ("GET", ["invoices"]):
            return .html(200, view.invoices(catalogue, InvoiceListQuery(fields: request.queryFields)))
        case (let method, let segments) where segments.first == "invoices" && segments.count > 1:
            guard let invoice = catalogue[segments[1]] else { return Self.notFound(view) }
            return try await respond(method, invoice, Array(segments.dropFirst(2)), visit)
        default:
            return Self.notFound(view)
        }
    }

    private func respond(
        _ method: String,
        _ invoice: Invoice,
        _ rest: [String],
        _ visit: PortalVisit
    ) async throws -> HTTPResponse {
        switch (method, rest) {
        case ("GET", []):
            return .html(200, visit.view.invoice(invoice))
        case ("GET", ["check"]):
            try await loop.sleep(for: configuration.slowness)
            return .json(200, "{\"ok\":true}")
        case ("POST", ["seen"]):
            return HTTPResponse(status: 204)
        case ("POST", ["pdf"]):
            try await loop.sleep(for: configuration.slowness)
            let token = configuration.makeToken()
            sessions[visit.id]?.pdfs[token] = invoice.number
            return .json(201, "{\"url\":\"/invoices/\(invoice.number)/pdf/\(token)\"}")
        case ("GET", let rest)
        where rest.count == 2 && rest[0] == "pdf" && visit.session.pdfs[rest[1]] == invoice.number:
            return .download(invoice.pdf(), name: invoice.fileName, contentType: "application/pdf")
        default:
            return Self.notFound(visit.view)
        }
    }

    // MARK: Login

    private func loginForm(_ request: HTTPRequest, _ visit: PortalVisit) -> HTTPResponse {
        let fields = request.queryFields
        let note: PortalView.LoginNote =
            switch fields["note"] {
            case "expired": .sessionExpired
            case "out": .loggedOut
            default: .none
            }
        return .html(200, visit.view.login(note, user: "", next: fields["next"] ?? ""))
    }

    private func login(_ visit: PortalVisit) -> HTTPResponse {
        let (user, password) = (visit.form["user"] ?? "", visit.form["password"] ?? "")
        let next = visit.form["next"] ?? ""
        guard user == configuration.user, password == configuration.password else {
            return .html(401, visit.view.login(.wrongPassword, user: user, next: next))
        }
        // A new id at login: a cookie planted before it is worth nothing after it.
        let id = configuration.makeToken()
        sessions[visit.id] = nil
        sessions[id] = PortalSession(user: user, csrf: configuration.makeToken(), lastUsed: configuration.now())
        var response = HTTPResponse.redirect(Self.isLocal(next) ? next : "/dashboard")
        response.headers.append("Set-Cookie", Self.cookie(Self.sessionCookie, id))
        return response
    }

    private func placeOrder(_ visit: PortalVisit) -> HTTPResponse {
        let key = visit.form["key"] ?? ""
        guard orders.place(key) else {
            let text = visit.view.language("Zu viele Bestellungen (Fehler 503).", "Too many orders (error 503).")
            return .html(503, visit.view.failure(visit.view.language("Fehler", "Error"), text))
        }
        return .redirect("/order/done?key=\(PercentCoding.encode(key))")
    }

    private func switchLanguage(_ request: HTTPRequest) -> HTTPResponse {
        let fields = request.queryFields
        let back = fields["back"] ?? "/"
        var response = HTTPResponse.redirect(Self.isLocal(back) ? back : "/")
        if let language = fields["to"].flatMap(PortalLanguage.init) {
            response.headers.append("Set-Cookie", Self.cookie(Self.languageCookie, language.rawValue))
        }
        return response
    }

    private static func notFound(_ view: PortalView) -> HTTPResponse {
        let text = view.language("Diese Seite gibt es nicht (Fehler 404).", "There is no such page (error 404).")
        return .html(404, view.failure(view.language("Nicht gefunden", "Not found"), text))
    }

    /// Whether a redirect target stays in the portal (`//host` would not).
    private static func isLocal(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.hasPrefix("//") && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }
    }

    private static func cookie(_ name: String, _ value: String) -> String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Lax"
    }
}
