import CDP
import CDPProtocol
package import JSON

extension BrowserContext {
    /// Larger states are refused, in bytes of JSON.
    private static let storageLimit = 32 << 20

    /// Cookies of the context, local storage and databases of every origin it visited, in the form Playwright keeps them.
    ///
    /// Values JSON cannot carry (dates, binary) are kept in an encoded form; files and keys in databases are left out.
    package func storageState(deadline: Duration) async throws -> JSONObject {
        let end = ContinuousClock.now.advanced(by: deadline)
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
        let visited = visitedOrigins
        if !visited.isEmpty {
            origins = try await withBlankPage(until: end) { page in
                var origins: [JSONValue] = []
                for origin in visited {
                    guard let kept = try await page.readStorage(of: origin, until: end) else { continue }
                    origins.append(kept)
                }
                return origins
            }
        }
        let state: JSONObject = ["cookies": .array(cookies.map(\.storage)), "origins": .array(origins)]
        guard JSONValue.object(state).serialized().count <= Self.storageLimit else {
            throw BrowserError(.invalidInput, "What the pages keep is larger than \(Self.storageLimit >> 20) MiB")
        }
        return state
    }

    /// Puts back what `storageState` gave, before or while pages of its origins are open; databases are replaced.
    ///
    /// - Throws: `BrowserError` with `invalidInput` when it is not what `storageState` gives.
    package func restore(_ state: JSONValue, deadline: Duration) async throws {
        let end = ContinuousClock.now.advanced(by: deadline)
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
        guard !origins.isEmpty else { return }
        try await withBlankPage(until: end) { page in
            for origin in origins { try await page.writeStorage(origin, until: end) }
        }
    }

    /// A page nobody sees, for which every address is an empty document: what an origin keeps is reached without asking it.
    private func withBlankPage<R: Sendable>(
        until deadline: ContinuousClock.Instant,
        _ body: (PageSession) async throws -> R
    ) async throws -> R {
        let page = try await newPage(deadline: deadline - .now)
        let result: Result<R, any Error>
        do {
            try await page.becomeBlank()
            result = .success(try await body(page))
        } catch {
            result = .failure(error)
        }
        await page.close()
        return try result.get()
    }
}

extension PageSession {
    fileprivate func becomeBlank() async throws {
        isInternal = true
        var blank = PageOptions()
        let headers = [NetworkRoute.Header("Content-Type", "text/html")]
        blank.routes = [
            NetworkRoute(url: try URLPattern("*"), action: .fulfil(status: 200, headers: headers, body: []))
        ]
        try await emulate(blank)
    }

    /// `{origin, localStorage, indexedDB}`; nil when it keeps nothing.
    fileprivate func readStorage(of origin: String, until deadline: ContinuousClock.Instant) async throws -> JSONValue?
    {
        try await goto(origin + "/", deadline: deadline - .now)
        let state = try await evaluateFunction(StorageScript.read, .null, deadline: deadline - .now)
        let items = state["localStorage"]?.array ?? []
        let databases = state["indexedDB"]?.array ?? []
        guard !items.isEmpty || !databases.isEmpty else { return nil }
        var members: JSONObject = ["origin": .string(origin), "localStorage": .array(items)]
        if !databases.isEmpty { members["indexedDB"] = .array(databases) }
        return .object(members)
    }

    fileprivate func writeStorage(_ state: JSONValue, until deadline: ContinuousClock.Instant) async throws {
        guard let origin = state["origin"]?.string, Self.origin(of: origin) == origin else {
            throw BrowserError(
                .invalidInput,
                "An origin of the storage state is none: \(state["origin"]?.string ?? "missing")"
            )
        }
        try await goto(origin + "/", deadline: deadline - .now)
        do {
            _ = try await evaluateFunction(StorageScript.write, state, deadline: deadline - .now)
        } catch let error as BrowserError where error.code == .protocolError {
            throw BrowserError(.invalidInput, "What \(origin) kept cannot be put back: \(error.message)")
        }
    }

    /// Scheme, host and port of a web address; nil for others.
    static func origin(of url: String) -> String? {
        guard let scheme = ["https://", "http://"].first(where: url.hasPrefix) else { return nil }
        let host = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        return host.isEmpty || host.contains("@") ? nil : scheme + host
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
