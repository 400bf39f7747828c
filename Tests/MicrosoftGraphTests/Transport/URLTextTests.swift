import Testing

@testable import MicrosoftGraph

@Suite struct URLTextTests {
    @Test func `quotes within a literal are doubled`() {
        #expect(URLText.literal("plain") == "'plain'")
        #expect(URLText.literal("O'Neill's") == "'O''Neill''s'")
        #expect(URLText.literal("") == "''")
    }
}
