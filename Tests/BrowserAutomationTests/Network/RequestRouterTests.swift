import CDPProtocol
import Cryptography
import JSON
import Testing

@testable import BrowserAutomation

struct RequestRouterTests {
    private func paused(
        _ url: String,
        method: String = "GET",
        headers: JSONObject = [:],
        id: String = "1",
        redirectOf: String? = nil
    ) throws -> FetchDomain.RequestPausedEvent {
        var parameters: JSONObject = [
            "requestId": .string(id), "frameId": "F", "resourceType": "XHR",
            "request": ["url": .string(url), "method": .string(method), "headers": .object(headers)],
        ]
        if let redirectOf { parameters["redirectedRequestId"] = .string(redirectOf) }
        return try FetchDomain.RequestPausedEvent(from: .object(parameters))
    }

    private func challenge(_ origin: String, id: String = "1", source: String = "Server") throws
        -> FetchDomain.AuthRequiredEvent
    {
        try FetchDomain.AuthRequiredEvent(from: [
            "requestId": .string(id), "frameId": "F", "resourceType": "Document",
            "request": ["url": .string(origin + "/"), "method": "GET", "headers": [:]],
            "authChallenge": ["source": .string(source), "origin": .string(origin), "scheme": "basic", "realm": "r"],
        ])
    }

    private func router(_ routes: NetworkRoute...) -> RequestRouter {
        var options = PageOptions()
        options.routes = routes
        return RequestRouter(options)
    }

    @Test func `the first route that is meant answers, others let the request go`() throws {
        var router = router(
            NetworkRoute(url: try URLPattern("/a"), method: "POST", action: .abort(.connectionRefused)),
            NetworkRoute(url: try URLPattern("/a"), action: .fulfil(status: 201, headers: [], body: [1]))
        )
        #expect(router.answer(try paused("http://h/a", method: "POST")) is FetchDomain.FailRequest)
        let fulfil = router.answer(try paused("http://h/a")) as? FetchDomain.FulfillRequest
        #expect(fulfil?.responseCode == 201)
        #expect(fulfil?.body == Base64.encode([1]))
        let passed = router.answer(try paused("http://h/b")) as? FetchDomain.ContinueRequest
        #expect(passed?.headers == nil)
    }

    @Test func `changed headers go on through redirects, and those taken away stay away`() throws {
        let route = NetworkRoute(
            url: try URLPattern("/first"),
            action: .modify(headers: [.init("X-New", "1"), .init("accept", nil)], url: nil, method: nil, body: nil)
        )
        var router = router(route)
        let headers: JSONObject = ["Accept": "*/*", "B": "b"]
        let first = router.answer(try paused("http://h/first", headers: headers)) as? FetchDomain.ContinueRequest
        #expect(first?.headers?.map(\.name) == ["B", "X-New"])
        let hop = router.answer(try paused("http://h/second", headers: headers, id: "2", redirectOf: "1"))
        #expect((hop as? FetchDomain.ContinueRequest)?.headers?.map(\.name) == ["B", "X-New"])
        let other = router.answer(try paused("http://h/second", headers: headers, id: "3"))
        #expect((other as? FetchDomain.ContinueRequest)?.headers == nil)
    }

    @Test func `scripts of another origin may read an answer of ours, asking first or not`() throws {
        var router = router(
            NetworkRoute(
                url: try URLPattern("/api"),
                method: "PUT",
                action: .fulfil(status: 200, headers: [], body: [])
            )
        )
        let headers: JSONObject = ["Origin": "http://page"]
        let answer = router.answer(try paused("http://h/api", method: "PUT", headers: headers))
        #expect((answer as? FetchDomain.FulfillRequest)?.responseHeaders?.first?.value == "http://page")
        let question: JSONObject = ["Origin": "http://page", "Access-Control-Request-Method": "PUT"]
        let allowed = router.answer(try paused("http://h/api", method: "OPTIONS", headers: question))
        #expect((allowed as? FetchDomain.FulfillRequest)?.responseCode == 204)
        let elsewhere = router.answer(try paused("http://h/other", method: "OPTIONS", headers: question))
        #expect(elsewhere is FetchDomain.ContinueRequest)
    }

    @Test func `credentials go to their origin alone, and once`() throws {
        var options = PageOptions()
        options.credentials = HTTPCredentials(origin: "https://a:8443/", username: "u", password: "p")
        var router = RequestRouter(options)
        #expect(router.answer(try challenge("https://b")).authChallengeResponse.response == .cancelAuth)
        let first = router.answer(try challenge("https://a:8443")).authChallengeResponse
        #expect(first.response == .provideCredentials)
        #expect(first.password == "p")
        #expect(router.answer(try challenge("https://a:8443")).authChallengeResponse.response == .cancelAuth)
        #expect(router.answer(try challenge("https://a:8443", source: "Proxy")).authChallengeResponse.username == nil)
    }

    @Test func `requests are held only when somebody wants them`() throws {
        #expect(RequestRouter.enabling(PageOptions()) == nil)
        var options = PageOptions()
        options.proxy = ProxySettings(server: "http://p:1")
        #expect(RequestRouter.enabling(options) == nil)
        options.credentials = HTTPCredentials(origin: "https://a", username: "u", password: "p")
        #expect(RequestRouter.enabling(options)?.patterns?.first?.urlPattern == "https://a/*")
        options.proxy?.username = "u"
        #expect(RequestRouter.enabling(options)?.patterns?.first?.urlPattern == "*")
    }
}
