import Testing

@testable import JobModel

@Suite struct IdentifierTests {
    @Test func `two names that look the same are two, as they are in the store`() {
        let (composed, decomposed) = (TenantID("caf\u{e9}"), TenantID("cafe\u{301}"))
        #expect(composed.rawValue == decomposed.rawValue, "to Swift these are one text")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, TenantID("caf\u{e9}")]).count == 2)
        #expect(StepID("a\u{323}\u{307}") != StepID("a\u{307}\u{323}"))
    }

    @Test func `a tenant has a name in composed Unicode, without control characters`() {
        for name in ["default", "caf\u{e9}", "acme east", "客户"] { #expect(TenantID(checking: name) != nil, "\(name)") }
        for name in ["", "cafe\u{301}", "a\nb", String(repeating: "x", count: 101)] {
            #expect(TenantID(checking: name) == nil, "\(name)")
        }
    }
}
