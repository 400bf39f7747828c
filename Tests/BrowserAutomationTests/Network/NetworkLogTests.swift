import CDP
import CDPProtocol
import JSON
import Testing

@testable import BrowserAutomation

struct NetworkLogTests {
    private func request(
        _ id: String = "1",
        _ url: String = "http://a/",
        headers: JSONObject = [:],
        redirectedBy status: Int? = nil
    ) -> CDPEventMessage {
        var parameters: JSONObject = [
            "requestId": .string(id), "loaderId": "L", "documentURL": "http://a/", "timestamp": 5, "wallTime": 1000,
            "type": "Document", "request": ["url": .string(url), "method": "GET", "headers": .object(headers)],
        ]
        if let status { parameters["redirectResponse"] = response(status) }
        return CDPEventMessage(
            method: NetworkDomain.RequestWillBeSentEvent.method,
            parameters: .object(parameters)
        )
    }

    private func response(_ status: Int, _ headers: JSONObject = [:]) -> JSONValue {
        [
            "url": "http://a/", "status": JSONValue(status), "statusText": "", "headers": .object(headers),
            "mimeType": "text/html", "encodedDataLength": 10,
        ]
    }

    private func responded(_ status: Int, _ headers: JSONObject = [:], to id: String = "1") -> CDPEventMessage {
        CDPEventMessage(
            method: NetworkDomain.ResponseReceivedEvent.method,
            parameters: [
                "requestId": .string(id), "loaderId": "L", "timestamp": 6, "type": "Document",
                "response": response(status, headers),
            ]
        )
    }

    private func extra(_ headers: JSONObject, status: Int? = nil) -> CDPEventMessage {
        var parameters: JSONObject = ["requestId": "1", "headers": .object(headers)]
        if let status { parameters["statusCode"] = JSONValue(status) }
        return CDPEventMessage(
            method: status == nil
                ? NetworkDomain.RequestWillBeSentExtraInfoEvent.method
                : NetworkDomain.ResponseReceivedExtraInfoEvent.method,
            parameters: .object(parameters)
        )
    }

    private let finished = CDPEventMessage(
        method: NetworkDomain.LoadingFinishedEvent.method,
        parameters: ["requestId": "1", "timestamp": 7, "encodedDataLength": 120]
    )

    private func log(_ events: CDPEventMessage...) -> NetworkLog {
        var log = NetworkLog()
        for event in events { log.apply(event, session: nil) }
        return log
    }

    @Test func `a request has its response, its times and its size`() {
        let request = log(request(), responded(200), finished).requests.first
        #expect(request?.response?.status == 200)
        #expect(request?.startedAt == 5)
        #expect(request?.respondedAt == 6)
        #expect(request?.endedAt == 7)
        #expect(request?.receivedBytes == 120)
        #expect(request?.isOver == true)
    }

    @Test func `credentials are never kept`() {
        let headers: JSONObject = ["Cookie": "a=b", "authorization": "Basic x", "Accept": "text/html"]
        let kept = log(request(headers: headers), responded(200, ["Set-Cookie": "s=1\nt=2"])).requests.first
        #expect(kept?.headers.map(\.value) == ["[secret]", "[secret]", "text/html"])
        #expect(kept?.response?.headers.map(\.value) == ["[secret]"])
    }

    @Test func `each hop of a redirect is a request, with the headers of its own`() {
        let hops = log(
            extra(["x": "first"]),
            extra(["location": "/b"], status: 302),
            request(),
            request("1", "http://a/b", redirectedBy: 302),
            extra(["x": "second"]),
            responded(200),
            extra(["y": "end"], status: 200),
            finished
        ).requests
        #expect(hops.map(\.url) == ["http://a/", "http://a/b"])
        #expect(hops.map { $0.headers.first?.value } == ["first", "second"])
        #expect(hops.map { $0.response?.status } == [302, 200])
        #expect(hops.map { $0.response?.headers.first?.value } == ["/b", "end"])
        #expect(hops.first?.redirectURL == "http://a/b")
        #expect(hops.map(\.isOver) == [true, true])
    }

    @Test func `a failure has its reason and who blocked it`() {
        let failed = CDPEventMessage(
            method: NetworkDomain.LoadingFailedEvent.method,
            parameters: [
                "requestId": "1", "timestamp": 6, "type": "Image", "errorText": "net::ERR_BLOCKED_BY_CLIENT",
                "blockedReason": "inspector",
            ]
        )
        #expect(log(request(), failed).requests.first?.failure == "net::ERR_BLOCKED_BY_CLIENT (inspector)")
    }

    @Test func `two sessions that tell of one request count it once`() {
        #expect(log(request(), request(), responded(200), finished).count == 1)
    }

    @Test func `keeps the latest requests and counts the others`() {
        var log = NetworkLog()
        for number in 1...600 {
            log.apply(request("\(number)", "http://a/\(number)"), session: nil)
        }
        #expect(log.requests.count == NetworkLog.limit)
        #expect(log.dropped == 100)
        log.apply(responded(204, to: "600"), session: nil)
        log.apply(responded(204, to: "1"), session: nil)
        #expect(log.requests.last?.response?.status == 204)
        #expect(log.requests(after: 598).map(\.url) == ["http://a/599", "http://a/600"])
    }
}
