import NetworkPolicy
import Testing

@testable import EgressProxy

struct FramingTests {
    private func exchange(_ method: String = "GET") -> Exchange {
        guard let head = MessageHead(Array("\(method) / HTTP/1.1\r\n\r\n".utf8)), let body = BodyFraming(request: head)
        else { preconditionFailure("Cannot read a request without a body") }
        return Exchange(method: method, requestBody: body)
    }

    /// Bytes of a server one by one: what the browser gets, and how it ends.
    private func run(_ text: String, _ method: String = "GET") -> (String, Exchange.Step.Then) {
        var exchange = exchange(method)
        var forwarded: [UInt8] = []
        for byte in text.utf8 {
            let step = exchange.take([byte])
            forwarded += step.forward
            if step.then != .goOn { return (String(decoding: forwarded, as: UTF8.self), step.then) }
        }
        return (String(decoding: forwarded, as: UTF8.self), .goOn)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\n5;x=y\r\nhello\r\n00\r\nA: b\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ])
    func `a response ends where it says, and the connection goes on`(text: String) {
        #expect(run(text) == (text, .end(keepsServer: true)))
        var whole = exchange()
        let step = whole.take(Array(text.utf8))
        #expect(step == Exchange.Step(forward: Array(text.utf8), then: .end(keepsServer: true)))
    }

    @Test func `a response to HEAD has no body, whatever it says`() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        #expect(run(text, "HEAD") == (text, .end(keepsServer: true)))
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nA: b\r\n Content-Length: 0\r\n\r\nhello",
        "HTTP/1.1 204 No Content\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\nhello", "ICY 200 OK\r\nContent-Length: 0\r\n\r\nhello", "hello\r\n\r\n",
    ])
    func `a response whose end two could see differently goes on until its connection ends`(text: String) {
        #expect(run(text) == (text, .goOn))
    }

    @Test func `what follows a response is passed to nobody and costs the server its connection`() {
        var exchange = exchange()
        let step = exchange.take(Array("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n".utf8))
        #expect(String(decoding: step.forward, as: UTF8.self).hasSuffix("\r\n\r\nx"))
        #expect(step.then == .end(keepsServer: false))
    }

    @Test func `a server that closes is not kept`() {
        let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        #expect(run(closing).1 == .end(keepsServer: false))
        #expect(run("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").1 == .end(keepsServer: false))
    }

    @Test func `a switch of protocols makes a tunnel`() {
        let text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
        #expect(run(text) == (text, .tunnel))
        let connected = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
        #expect(run(connected, "CONNECT") == (connected, .tunnel))
    }

    @Test(arguments: [
        "GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: x\r\n\r\n",
        "GET HTTP://A.example:80/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n",
    ])
    func `a request goes out as the server wants it`(text: String) throws {
        let request = try ProxyRequest(try #require(MessageHead(Array(text.utf8))))
        #expect(request.host.description == "a.example")
        #expect(request.port == 80)
        #expect(String(decoding: request.originForm, as: UTF8.self) == "GET /x?y HTTP/1.1\r\nHost: a.example\r\n\r\n")
    }

    @Test(arguments: [
        "CONNECT a.example HTTP/1.1", "CONNECT a.example:0 HTTP/1.1", "CONNECT a.example:99999 HTTP/1.1",
        "CONNECT user@a.example:443 HTTP/1.1", "GET /x HTTP/1.1", "GET ftp://a.example/ HTTP/1.1",
        "GET https://a.example/ HTTP/1.1",
        "GET http://user@a.example/ HTTP/1.1", "GET http://a.example:x/ HTTP/1.1", "GET  http://a.example/ HTTP/1.1",
        "GET http://a.example/ HTTP/2", "CONNECT a.example:443\u{0} HTTP/1.1", "",
    ])
    func `what is no request for a proxy is refused`(line: String) throws {
        let head = try #require(MessageHead(Array("\(line)\r\nHost: a\r\n\r\n".utf8)))
        #expect(throws: EgressDenial.self) { _ = try ProxyRequest(head) }
    }

    @Test func `a SOCKS proxy is asked for a name, not for an address of ours`() throws {
        var handshake = SOCKSHandshake(try #require(HostName("a.example")), port: 443)
        #expect(handshake.take([5]) == .wait)
        #expect(handshake.take([0]) == .send([5, 1, 0, 3, 9] + Array("a.example".utf8) + [1, 187]))
        #expect(handshake.take([5, 0, 0, 1, 127, 0, 0, 1, 0]) == .wait)
        #expect(handshake.take([80, 9]) == .connected(rest: [9]))
        var locked = SOCKSHandshake(try #require(HostName("::1")), port: 1)
        #expect(locked.take([5, 255]) == .failed("the SOCKS proxy wants a password"))
    }

    @Test func `a proxy of the job's own is read with what goes around it`() throws {
        let proxy = try UpstreamProxy(
            server: "http://proxy.lan:3128",
            bypass: "*.lan, <local>;10.0.0.0/8 a.example:8443"
        )
        for (host, port, isBypassed) in [
            ("x.lan", 80, true), ("intranet", 80, true), ("10.1.1.1", 80, true), ("a.example", 8443, true),
            ("a.example", 443, false), ("b.example", 80, false),
        ] {
            #expect(proxy.isBypassed(try #require(HostName(host)), port) == isBypassed, "\(host):\(port)")
        }
        for server in ["https://proxy.lan:3128", "quic://p:1", "http://user:pw@p:1", "http://p:x", "socks4://p:1"] {
            let denial = #expect(throws: EgressDenial.self) { _ = try UpstreamProxy(server: server, bypass: nil) }
            #expect(denial?.description.contains("pw") == false)
        }
    }
}
