import Testing

@testable import BrowserAutomation

struct URLPatternTests {
    @Test(arguments: [
        ("/api", "http://a/api/b", true), ("/api", "http://a/", false), ("*.png", "http://a/b.png", true),
        ("*.png", "http://a/b.png?c", false), ("http://*/b/*", "http://a/x/b/c", true), ("**/b", "http://a/b", true),
        ("http://a*a", "http://a", false), ("*", "x", true), ("/\\/v\\d+\\//", "http://a/v12/x", true),
        ("/\\/v\\d+\\//", "http://a/vx/x", false), ("/API$/i", "http://a/api", true), ("/API$/", "http://a/api", false),
        ("/[\\w.]+@[^/]*?$/", "http://a/x.y@b", true), ("/(?:a|b){2}$/", "http://x/ab", true),
    ])
    func `says whether an address is meant`(pattern: String, url: String, isMeant: Bool) throws {
        #expect(try URLPattern(pattern).matches(url) == isMeant)
    }

    @Test(arguments: ["", "/(/", "/(?=a)/", "/(a)\\1/", "/((a{500}){500})/"])
    func `refuses what it cannot run in bounded time`(pattern: String) {
        #expect(throws: BrowserError.self) { try URLPattern(pattern) }
    }
}
