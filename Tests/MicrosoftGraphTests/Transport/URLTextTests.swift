import Testing

@testable import MicrosoftGraph

@Suite struct URLTextTests {
    @Test func `all but unreserved characters are encoded, byte by byte`() {
        let unreserved = "ABCXYZabcxyz0189-._~"
        #expect(URLText.encode(unreserved) == unreserved)
        #expect(URLText.encode("a b/ü%&=+'\u{1}😀") == "a%20b%2F%C3%BC%25%26%3D%2B%27%01%F0%9F%98%80")
        #expect(URLText.encode("").isEmpty)
    }

    @Test func `quotes within a literal are doubled`() {
        #expect(URLText.literal("plain") == "'plain'")
        #expect(URLText.literal("O'Neill's") == "'O''Neill''s'")
        #expect(URLText.literal("") == "''")
    }
}
