import Testing

@testable import WebSockets

@Suite struct WebSocketAddressTests {
    @Test(arguments: [
        ("ws://127.0.0.1:9222/devtools/browser/x?y=1#z", "127.0.0.1:9222", "/devtools/browser/x?y=1"),
        ("ws://localhost", "localhost:80", "/"), ("WS://10.0.0.1?q", "10.0.0.1:80", "/?q"),
        ("ws://[::1]:81/", "[::1]:81", "/"), ("wss://Desk_1.example.com/x", "Desk_1.example.com:443", "/x"),
        ("wss://10.0.0.1:8443/x", "10.0.0.1:8443", "/x"),
    ])
    func `addresses are read`(url: String, authority: String, path: String) throws {
        let address = try WebSocketAddress(url)
        #expect(address.authority == authority && address.path == path)
        #expect(address.isSecure == url.hasPrefix("wss"))
    }

    @Test(arguments: [
        "http://127.0.0.1/", "wss:/127.0.0.1/", "ws://", "ws://exam ple.com/", "ws://127.0.0.1:0/",
        "ws://127.0.0.1:70000/", "wss://[::1]:81/",
        "ws://[::1/", "ws://127.0.0.1/a b", "ws://127.0.0.1/\r\nX: y", "ws://user@127.0.0.1/", "ws://a\r\nb/",
    ])
    func `what is no address, or would break the request, is refused`(url: String) {
        #expect { try WebSocketAddress(url) } throws: { ($0 as? WebSocketError)?.code == .invalidURL }
    }
}
