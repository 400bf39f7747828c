import Testing

@testable import MicrosoftGraph

@Suite struct GraphSettingsTests {
    private static func settings(_ graph: String = "https://graph.microsoft.com/v1.0") -> GraphSettings {
        GraphSettings(tenant: "t", clientID: "c", credential: .secret("s"), graphURL: graph)
    }

    @Test func `the scope follows Graph's origin`() {
        #expect(Self.settings().scope == "https://graph.microsoft.com/.default")
        #expect(Self.settings("https://graph.microsoft.us/v1.0/").scope == "https://graph.microsoft.us/.default")
        #expect(Self.settings("https://graph.microsoft.us/v1.0/").graphURL == "https://graph.microsoft.us/v1.0")
    }

    @Test(arguments: [
        ("https://outlook.office.com/api/gv1.0/x", true), ("https://outlook.office365.com/x", true),
        ("https://graph.microsoft.com/upload", true), ("https://graph.microsoft.com:8443/upload", true),
        ("http://graph.microsoft.com/upload", false), ("https://evil.example/x", false),
        ("https://outlook.office.com.evil.example/x", false), ("http://outlook.office.com/x", false),
        ("https://outlook.office.com@evil.example/x", false), ("https://evil.example/?a=.office.com", false),
        ("https://evil.example#.office.com", false), ("file:///etc/passwd", false), ("", false),
        ("https://office.com.evil/x", false),
    ])
    func `large attachments go to Microsoft's hosts or Graph's own only`(url: String, isAllowed: Bool) {
        #expect(Self.settings().allowsUpload(to: url) == isAllowed)
    }
}
