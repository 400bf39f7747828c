import Cryptography

/// How to reach Microsoft Graph, and as which application.
package struct GraphSettings: Sendable {
    /// Base URL of the identity platform: `https://login.microsoftonline.com`, another in national clouds.
    package var loginURL: String
    /// Base URL of Graph with its version: `https://graph.microsoft.com/v1.0`.
    package var graphURL: String
    /// What tokens are asked for; Graph's origin with `/.default` unless set.
    package var scope: String
    /// Tenant id or domain.
    package var tenant: String
    /// Application (client) id.
    package var clientID: String
    /// How the application proves that it is itself.
    package var credential: GraphCredential
    /// Host suffixes that large attachments may be uploaded to; Graph's own host is always one.
    package var uploadHosts: [String]
    /// PEM file of certificate authorities to trust instead of the system's.
    package var certificateAuthorities: String?
    /// Requests at the same time for one mailbox; the service refuses more than 4.
    package var concurrentRequests: Int
    /// How long an unknown outcome is looked for.
    package var resolveWindow: Duration
    /// After how long a draft that is still one counts as not sent.
    package var draftWindow: Duration

    /// Whether tokens are asked for that live long, and are revoked by a claims challenge (continuous access evaluation).
    package var wantsContinuousEvaluation: Bool

    /// The global cloud unless other URLs are given.
    package init(
        tenant: String,
        clientID: String,
        credential: GraphCredential,
        loginURL: String = GraphCloud.global.loginURL,
        graphURL: String = GraphCloud.global.graphURL,
        scope: String? = nil,
        uploadHosts: [String] = [".office.com", ".office365.com", ".office365.us", ".partner.outlook.cn"],
        certificateAuthorities: String? = nil,
        concurrentRequests: Int = 4,
        resolveWindow: Duration = .seconds(60),
        draftWindow: Duration = .seconds(15),
        wantsContinuousEvaluation: Bool = true
    ) {
        self.tenant = tenant
        self.clientID = clientID
        self.credential = credential
        self.loginURL = Self.withoutTrailingSlash(loginURL)
        self.graphURL = Self.withoutTrailingSlash(graphURL)
        self.scope = scope ?? Self.origin(of: graphURL) + "/.default"
        self.uploadHosts = uploadHosts
        self.certificateAuthorities = certificateAuthorities
        self.concurrentRequests = concurrentRequests
        self.resolveWindow = resolveWindow
        self.draftWindow = draftWindow
        self.wantsContinuousEvaluation = wantsContinuousEvaluation
    }

    /// Where tokens are asked for.
    var tokenURL: String { "\(loginURL)/\(PercentCoding.encode(tenant))/oauth2/v2.0/token" }

    private static func withoutTrailingSlash(_ url: String) -> String {
        url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    /// Scheme, host and port of a URL.
    static func origin(of url: String) -> String {
        guard let (scheme, authority) = parts(of: url) else { return url }
        return "\(scheme)://\(authority)"
    }

    /// Host of a URL in lower case, without port; empty for one with user information or other oddities.
    static func host(of url: String) -> String {
        guard let (_, authority) = parts(of: url),
            authority.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".-:[]".contains($0)) })
        else { return "" }
        if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }) + "]" }
        return authority.prefix { $0 != ":" }.lowercased()
    }

    private static func parts(of url: String) -> (scheme: Substring, authority: Substring)? {
        guard let separator = url.firstRange(of: "://") else { return nil }
        return (url[..<separator.lowerBound], url[separator.upperBound...].prefix { !"/?#\\".contains($0) })
    }

    /// Whether bytes may be sent to an upload URL the service gave.
    func allowsUpload(to url: String) -> Bool {
        let host = Self.host(of: url)
        let isOwnScheme = url.hasPrefix("https://") == graphURL.hasPrefix("https://")
        if isOwnScheme, !host.isEmpty, host == Self.host(of: graphURL) { return true }
        return url.hasPrefix("https://") && uploadHosts.contains { host.hasSuffix($0) }
    }
}
