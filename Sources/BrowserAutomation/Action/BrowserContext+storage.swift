import CDP
import CDPProtocol
package import JSON

extension BrowserContext {
    /// Cookies of the context and local storage of its pages, in the form Playwright keeps them.
    package func storageState(deadline: Duration) async throws -> JSONObject {
        let cookies: [NetworkDomain.Cookie]
        do {
            cookies = try await browser.connection.root.call(
                StorageDomain.GetCookies(browserContextID: id),
                deadline: deadline
            ).cookies
        } catch {
            throw BrowserError.wrapping(error)
        }
        var origins: [JSONValue] = []
        for page in pages {
            guard let state = try await page.localState(deadline: deadline) else { continue }
            if !origins.contains(where: { $0["origin"] == state["origin"] }) { origins.append(state) }
        }
        return ["cookies": .array(cookies.map(\.storage)), "origins": .array(origins)]
    }

    /// Puts cookies back at once, local storage when a page of the origin is opened and lacks the item.
    ///
    /// - Throws: `BrowserError` with `invalidInput` when it is not what `storageState` gives.
    package func restore(_ state: JSONValue, on page: PageSession, deadline: Duration) async throws {
        guard let cookies = state["cookies"]?.array, let origins = state["origins"]?.array else {
            throw BrowserError(
                .invalidInput,
                "A storage state has the members cookies and origins; make one with storage_state"
            )
        }
        let parameters = try cookies.map { cookie in
            do {
                var parameter = try NetworkDomain.CookieParam(from: cookie)
                if parameter.expires ?? -1 < 0 { parameter.expires = nil }
                return parameter
            } catch {
                throw BrowserError(.invalidInput, "A cookie of the storage state is not complete: \(error)")
            }
        }
        do {
            try await browser.connection.root.call(
                StorageDomain.SetCookies(cookies: parameters, browserContextID: id),
                deadline: deadline
            )
        } catch {
            throw BrowserError.wrapping(error)
        }
        try await page.restoreLocalStorage(origins, deadline: deadline)
    }
}

extension PageSession {
    /// `{origin, localStorage}` of the page; nil when it keeps nothing or does not answer.
    func localState(deadline: Duration) async throws -> JSONValue? {
        let state = try await ask("localState", [:], until: .now + deadline).result
        guard state["localStorage"]?.array?.isEmpty == false else { return nil }
        return ["origin": state["origin"] ?? .null, "localStorage": state["localStorage"] ?? .null]
    }

    func restoreLocalStorage(_ origins: [JSONValue], deadline: Duration) async throws {
        guard !origins.isEmpty else { return }
        let data = String(decoding: JSONValue.array(origins).serialized(), as: UTF8.self)
        // JSON is JavaScript; what the page changed since then stays.
        let script = """
            for (const { origin, localStorage: items } of \(data)) {
              if (origin !== location.origin) continue;
              for (const { name, value } of items) if (localStorage.getItem(name) === null) localStorage.setItem(name, value);
            }
            """
        try await call(
            PageDomain.AddScriptToEvaluateOnNewDocument(source: script, runImmediately: true),
            deadline: deadline
        )
    }
}

extension NetworkDomain.Cookie {
    var storage: JSONValue {
        var members: JSONObject = [
            "name": .string(name), "value": .string(value), "domain": .string(domain), "path": .string(path),
            "expires": JSONValue(expires), "httpOnly": .bool(httpOnly), "secure": .bool(secure),
        ]
        members["sameSite"] = sameSite.map { .string($0.rawValue) }
        return .object(members)
    }
}
