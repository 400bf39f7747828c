import CDPProtocol
import JSON
import Testing

@testable import BrowserAutomation

struct HARExportTests {
    private func request(timing: NetworkDomain.ResourceTiming? = nil) -> NetworkRequest {
        var request = NetworkRequest(
            number: 1,
            id: NetworkDomain.RequestID(rawValue: "1"),
            page: TargetDomain.TargetID(rawValue: "P"),
            loader: .init(rawValue: "L"),
            method: "POST",
            url: "https://a/b?name=M%C3%BCller+%26&empty",
            resourceType: "XHR",
            documentURL: "https://a/",
            headers: [.init(name: "Content-Type", value: "text/plain"), .init(name: "Cookie", value: "[secret]")],
            postData: "x",
            wallTime: 1_767_225_600.5,
            startedAt: 100
        )
        request.response = NetworkRequest.Response(
            status: 201,
            statusText: "Created",
            headers: [.init(name: "content-length", value: "12")],
            mimeType: "application/json",
            networkProtocol: "h2",
            remoteAddress: "::1",
            isFromCache: false,
            timing: timing
        )
        request.respondedAt = 100.25
        request.endedAt = 100.3
        request.receivedBytes = 400
        return request
    }

    private let timing = NetworkDomain.ResourceTiming(
        requestTime: 100.01,
        dnsStart: 1,
        dnsEnd: 3,
        connectStart: 3,
        connectEnd: 9,
        sslStart: 5,
        sslEnd: 9,
        sendStart: 10,
        sendEnd: 11,
        receiveHeadersEnd: 200
    )

    private func entry(_ request: NetworkRequest) -> JSONValue? {
        HARExport.document([request], dropped: 0, creator: "HeadlessChrome/156.0")["log"]?["entries"]?[0]
    }

    @Test func `has every member HAR 1.2 demands, of the type it demands`() throws {
        let log = try #require(
            HARExport.document([request(timing: timing), request()], dropped: 3, creator: "HeadlessChrome/156.0")["log"]
        )
        #expect(log["version"] == "1.2")
        #expect(log["creator"]?["name"]?.string != nil && log["creator"]?["version"]?.string != nil)
        #expect(log["browser"] == ["name": "HeadlessChrome", "version": "156.0"])
        #expect(log["comment"] == "3 earlier requests were not kept")
        #expect(log["pages"]?.array?.count == 1)
        #expect(log["pages"]?[0]?["pageTimings"]?.object != nil)
        for entry in log["entries"]?.array ?? [] {
            #expect(entry["pageref"] == log["pages"]?[0]?["id"])
            #expect(entry["startedDateTime"] == "2026-01-01T00:00:00.500Z")
            #expect(entry["cache"]?.object != nil)
            for name in ["method", "url", "httpVersion"] { #expect(entry["request"]?[name]?.string != nil) }
            for name in ["statusText", "httpVersion", "redirectURL"] {
                #expect(entry["response"]?[name]?.string != nil)
            }
            for part in ["request", "response"] {
                for name in ["headers", "cookies"] { #expect(entry[part]?[name]?.array != nil) }
                for name in ["headersSize", "bodySize"] { #expect(entry[part]?[name]?.int != nil) }
            }
            #expect(entry["response"]?["content"] == ["size": 12, "mimeType": "application/json"])
            let timings = try #require(entry["timings"]?.object)
            let sum = timings.filter { $0.key != "ssl" }.reduce(0) { $0 + max(0, $1.value.double ?? 0) }
            #expect(abs(sum - (entry["time"]?.double ?? -1)) < 0.01)
            for name in ["send", "wait", "receive"] { #expect((timings[name]?.double ?? -1) >= 0) }
        }
    }

    @Test func `times are those of the wire where Chromium has them`() throws {
        let timings = try #require(entry(request(timing: timing))?["timings"]?.object)
        #expect(timings["dns"]?.double == 2)
        #expect(timings["connect"]?.double == 6)
        #expect(timings["ssl"]?.double == 4)
        #expect(timings["wait"]?.double == 189)
        #expect(abs((timings["blocked"]?.double ?? 0) - 11) < 0.01)
        #expect(abs((timings["receive"]?.double ?? 0) - 90) < 0.01)
        #expect(entry(request())?["timings"]?["wait"]?.double == 250)
    }

    @Test func `the query is taken apart and a body kept as it was`() {
        let sent = entry(request())?["request"]
        #expect(sent?["queryString"] == [["name": "name", "value": "Müller &"], ["name": "empty", "value": ""]])
        #expect(sent?["postData"]?["text"] == "x")
        #expect(sent?["httpVersion"] == "HTTP/2.0")
    }
}
