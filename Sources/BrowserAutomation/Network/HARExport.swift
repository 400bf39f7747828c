import CDPProtocol
import FoundationEssentials
package import JSON

/// Requests in the form of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), as browsers' tools exchange them.
package enum HARExport {
    /// The document; a request that is not over yet has status 0.
    ///
    /// - Parameters:
    ///   - requests: in the order they were made.
    ///   - dropped: how many earlier ones were not kept.
    ///   - creator: name and version of the browser, as `HeadlessChrome/156.0`.
    package static func document(_ requests: [NetworkRequest], dropped: Int, creator: String) -> JSONObject {
        let parts = creator.split(separator: "/", maxSplits: 1).map(String.init)
        var pages: [JSONValue] = []
        for request in requests {
            guard let page = request.page?.rawValue, !pages.contains(where: { $0["id"]?.string == page }) else {
                continue
            }
            pages.append([
                "startedDateTime": .string(time(request.wallTime)), "id": .string(page),
                "title": .string(request.documentURL), "pageTimings": ["onContentLoad": -1, "onLoad": -1],
            ])
        }
        var log: JSONObject = [
            "version": "1.2", "creator": ["name": "cpa", "version": "1"],
            "browser": ["name": .string(parts.first ?? "Chromium"), "version": .string(parts.last ?? "")],
            "pages": .array(pages), "entries": .array(requests.map(entry)),
        ]
        if dropped > 0 { log["comment"] = .string("\(dropped) earlier requests were not kept") }
        return ["log": .object(log)]
    }

    private static func entry(_ request: NetworkRequest) -> JSONValue {
        let timings = timings(of: request)
        let total = timings.filter { $0.key != "ssl" }.reduce(0) { $0 + max(0, $1.value.double ?? 0) }
        var entry: JSONObject = [
            "startedDateTime": .string(time(request.wallTime)), "time": JSONValue(rounded(total)),
            "request": sent(request), "response": received(request), "cache": [:], "timings": .object(timings),
            "_resourceType": .string(request.resourceType.lowercased()),
        ]
        entry["pageref"] = request.page.map { .string($0.rawValue) }
        entry["serverIPAddress"] = request.response?.remoteAddress.map(JSONValue.string)
        entry["_error"] = request.failure.map(JSONValue.string)
        return .object(entry)
    }

    private static func sent(_ request: NetworkRequest) -> JSONValue {
        var members: JSONObject = [
            "method": .string(request.method), "url": .string(request.url),
            "httpVersion": .string(version(of: request)), "cookies": [], "headers": headers(request.headers),
            "queryString": query(of: request.url), "headersSize": -1,
            "bodySize": JSONValue(request.postData?.utf8.count ?? 0),
        ]
        if let body = request.postData {
            let type = request.headers.first { $0.name.lowercased() == "content-type" }?.value ?? ""
            members["postData"] = ["mimeType": .string(type), "text": .string(body), "params": []]
        }
        return .object(members)
    }

    private static func received(_ request: NetworkRequest) -> JSONValue {
        let response = request.response
        let length = response?.headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) }
        return [
            "status": JSONValue(response?.status ?? 0), "statusText": .string(response?.statusText ?? ""),
            "httpVersion": .string(version(of: request)), "cookies": [],
            "headers": headers(response?.headers ?? []),
            "content": ["size": JSONValue(length ?? -1), "mimeType": .string(response?.mimeType ?? "x-unknown")],
            "redirectURL": .string(request.redirectURL ?? ""), "headersSize": -1, "bodySize": -1,
            "_transferSize": JSONValue(request.receivedBytes),
        ]
    }

    private static func version(of request: NetworkRequest) -> String {
        switch request.response?.networkProtocol {
        case nil, "": "HTTP/1.1"
        case "h2": "HTTP/2.0"
        case "h3": "HTTP/3.0"
        case let name?: name.uppercased()
        }
    }

    private static func headers(_ headers: [NetworkRequest.Header]) -> JSONValue {
        .array(headers.map { ["name": .string($0.name), "value": .string($0.value)] })
    }

    private static func query(of url: String) -> JSONValue {
        let query = url.prefix { $0 != "#" }.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        return .array(
            query.split(separator: "&").map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return ["name": .string(decoded(parts[0])), "value": .string(parts.count > 1 ? decoded(parts[1]) : "")]
            }
        )
    }

    /// A form's encoding; what is no valid escape stays as it is.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest.removeFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Times

    /// Milliseconds; -1 for what there was not.
    private static func timings(of request: NetworkRequest) -> JSONObject {
        let end = request.endedAt ?? request.respondedAt ?? request.startedAt
        guard let timing = request.response?.timing, timing.requestTime > 0 else {
            let head = request.respondedAt ?? end
            return [
                "blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0,
                "wait": JSONValue(rounded((head - request.startedAt) * 1000)),
                "receive": JSONValue(rounded((end - head) * 1000)),
            ]
        }
        func span(_ from: Double, _ to: Double) -> JSONValue { from < 0 ? -1 : JSONValue(rounded(to - from)) }
        let first = [timing.dnsStart, timing.connectStart, timing.sendStart].first { $0 >= 0 } ?? 0
        let queued = (timing.requestTime - request.startedAt) * 1000
        return [
            "blocked": JSONValue(rounded(queued + first)), "dns": span(timing.dnsStart, timing.dnsEnd),
            "connect": span(timing.connectStart, timing.connectEnd), "ssl": span(timing.sslStart, timing.sslEnd),
            "send": JSONValue(rounded(timing.sendEnd - timing.sendStart)),
            "wait": JSONValue(rounded(timing.receiveHeadersEnd - timing.sendEnd)),
            "receive": JSONValue(rounded((end - timing.requestTime) * 1000 - timing.receiveHeadersEnd)),
        ]
    }

    /// To microseconds, never negative: Chromium's clocks of two processes may disagree a little.
    private static func rounded(_ milliseconds: Double) -> Double { max(0, (milliseconds * 1000).rounded() / 1000) }

    private static func time(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
