import Testing

@testable import HTTPClient

@Suite struct RequestHeadTests {
    @Test(arguments: [
        ("GET", "ftp://host/", [(name: String, value: String)]()), ("GET", "/path", []), ("GET", "http://host/a b", []),
        ("GE T", "http://host/", []), ("", "http://host/", []), ("GET", "http://host/", [("X Y", "1")]),
        ("GET", "http://host/", [("X", "1\r\nY: 2")]), ("GET", "http://host/", [("X", "a\u{0}")]),
    ])
    func `what would change the request's meaning is refused`(
        method: String,
        url: String,
        headers: [(name: String, value: String)]
    ) {
        let request = HTTPClientRequest(method: method, url: url, headers: headers)
        #expect { try RequestHead(request) } throws: { ($0 as? HTTPClientError)?.code == .invalidRequest }
    }

    @Test(arguments: [
        ("https://a@b@host/", "https://host/"), ("http://host?x=@y", "http://host"), ("HTTP://host/#@", "HTTP://host/"),
        ("http://host/path/@me", "http://host/path/@me"),
    ])
    func `a place ends before what may be secret`(url: String, place: String) throws {
        #expect(try RequestHead(HTTPClientRequest(method: "GET", url: url)).place == place)
    }

    @Test func `header lines hold any text but control characters`() throws {
        var request = HTTPClientRequest(method: "M-SEARCH", url: "http://host/")
        request.headers = [("X-Note", "grün\tund weiß"), ("X-Empty", "")]
        #expect(try RequestHead(request).lines == ["X-Note: grün\tund weiß", "X-Empty;", "Expect:"])
    }

    @Test func `messages name the place without user, password and query`() throws {
        let request = HTTPClientRequest(method: "GET", url: "https://user:secret@host:8443/path?token=secret#x")
        #expect(try RequestHead(request).place == "https://host:8443/path")
    }
}
