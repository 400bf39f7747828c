import DomainNames
import EventLoops
import HTTPClient
import InternetMail
import MailModel
import MicrosoftGraph
import NetworkPolicy
import Telemetry

/// What the settings say about mail.
enum MailSetup: Sendable {
    /// Nothing: no mail task is taken, but by `cpa run`, whose failure says what to set.
    case none
    /// Something, but not enough; the text says what else to set.
    case incomplete(String)
    case graph(GraphSettings)
    case smtp(InternetMailSettings, LogIn)

    /// How a mailbox is proved to a mail server.
    enum LogIn: Sendable {
        /// The user is the mailbox unless given.
        case password(String, user: String?)
        /// A token of the identity platform for the server.
        case token(GraphSettings, user: String?)
    }

    /// - Throws: `ConfigurationError` when settings contradict each other.
    init(_ configuration: Configuration) throws(ConfigurationError) {
        if configuration.text(.mailProvider) == "smtp" {
            self = try Self.smtp(configuration)
        } else {
            self = try Self.graph(configuration)
        }
    }

    private static func graph(_ configuration: Configuration) throws(ConfigurationError) -> MailSetup {
        guard let credential = try Self.credential(configuration) else {
            let isBegun = configuration[.graphTenant] ?? configuration[.graphClientID] != nil
            return isBegun ? .incomplete(Self.credentialsWanted) : .none
        }
        var missing: [Setting] = []
        if case .managedIdentity = credential {
        } else {
            missing = [.graphTenant, .graphClientID].filter { configuration[$0] == nil }
        }
        guard missing.isEmpty else {
            return .incomplete("also set \(missing.map(\.variable).joined(separator: " and "))")
        }
        let cloud = GraphCloud(rawValue: configuration.text(.graphCloud)) ?? .global
        var settings = GraphSettings(
            tenant: configuration[.graphTenant] ?? "",
            clientID: configuration[.graphClientID] ?? "",
            credential: credential,
            loginURL: try Self.secureURL(.graphLoginURL, configuration) ?? cloud.loginURL,
            graphURL: try Self.graphURL(configuration) ?? cloud.graphURL,
            scope: configuration[.graphScope],
            certificateAuthorities: configuration[.graphCAFile]
        )
        if let hosts = configuration[.graphUploadHosts] {
            settings.uploadHosts += Self.list(hosts)
        }
        return .graph(settings)
    }

    private static func smtp(_ configuration: Configuration) throws(ConfigurationError) -> MailSetup {
        guard let url = configuration[.mailSMTPURL] else {
            return .incomplete("also set \(Setting.mailSMTPURL.variable)")
        }
        let settings = InternetMailSettings(
            submissionURL: try server(url, .mailSMTPURL, ["smtp", "smtps"]),
            storeURL: try configuration[.mailIMAPURL].map { (url) throws(ConfigurationError) in
                try server(url, .mailIMAPURL, ["imap", "imaps"])
            },
            sentFolder: configuration[.mailSentFolder],
            draftsFolder: configuration[.mailDraftsFolder],
            certificateAuthorities: configuration[.mailCAFile]
        )
        let user = configuration[.mailUser]
        if let password = configuration[.mailPassword] { return .smtp(settings, .password(password, user: user)) }
        guard case .graph(var graph) = try graph(configuration) else {
            return .incomplete(
                "set \(Setting.mailPassword.variable), or what a token is asked for with: \(credentialsWanted)"
            )
        }
        graph.scope = configuration[.graphScope] ?? "https://outlook.office365.com/.default"
        // Continuous access evaluation is Graph's: a mail server sends no challenge.
        graph.wantsContinuousEvaluation = false
        return .smtp(settings, .token(graph, user: user))
    }

    /// Scheme, host and port, nothing behind them.
    private static func server(
        _ url: String,
        _ setting: Setting,
        _ schemes: [String]
    ) throws(ConfigurationError) -> String {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        let isServer =
            parts.count >= 3 && parts[1].isEmpty && schemes.contains { parts[0] == "\($0):" }
            && !parts[2].isEmpty && !parts[2].contains("@") && parts.dropFirst(3).allSatisfy(\.isEmpty)
        guard isServer else {
            throw ConfigurationError(
                message:
                    "\(setting.key): '\(url)' is no mail server; write \(schemes[0])://host:port or \(schemes[1])://host:port"
            )
        }
        return "\(parts[0])//\(parts[2])"
    }

    /// What is to be set before there can be mail; nil when all is.
    var gap: String? {
        switch self {
        case .none: Self.credentialsWanted
        case .incomplete(let wanted): wanted
        case .graph, .smtp: nil
        }
    }

    /// The provider, nil when there is none.
    func provider(_ transport: CurlTransport, _ loop: EventLoop, _ logger: Logger) -> (any MailProvider)? {
        switch self {
        case .none, .incomplete: return nil
        case .graph(let settings):
            return MailClient(settings, transport: transport, environment: .on(loop, logger: logger))
        case .smtp(let settings, let logIn):
            return Self.client(settings, logIn, transport, loop, logger)
        }
    }

    /// The client of a mail server.
    static func client(
        _ settings: InternetMailSettings,
        _ logIn: LogIn,
        _ transport: CurlTransport,
        _ loop: EventLoop,
        _ logger: Logger
    ) -> InternetMailClient {
        let proof: @Sendable (String) async throws -> MailTransferRequest.Proof
        switch logIn {
        case .password(let password, let user):
            proof = { .password(user: user ?? $0, password: password) }
        case .token(let graph, let user):
            let tokens = ApplicationTokens(graph, transport: transport, environment: .on(loop, logger: logger))
            proof = { .bearer(user: user ?? $0, token: try await tokens.bearer()) }
        }
        let environment = InternetMailEnvironment.on(loop, logger: logger, proof: proof)
        return InternetMailClient(settings, transport: transport, environment: environment)
    }

    /// Where mail may go, to how many at once, and how large it may be.
    ///
    /// - Throws: `ConfigurationError` for a domain nothing could match.
    static func rules(_ configuration: Configuration) throws(ConfigurationError) -> MailRules {
        MailRules(
            domains: try domains(.mailDomains, configuration),
            deniedDomains: try domains(.mailDeniedDomains, configuration),
            mostReceivers: configuration.count(.mailMaxRecipients),
            mostBytes: configuration.count(.mailMaxBytes)
        )
    }

    private static func domains(
        _ setting: Setting,
        _ configuration: Configuration
    ) throws(ConfigurationError) -> [DomainPattern] {
        var patterns: [DomainPattern] = []
        for text in list(configuration[setting]) {
            do throws(DomainPattern.Invalid) {
                patterns.append(try DomainPattern(text))
            } catch {
                throw ConfigurationError(message: "\(setting.key): '\(text)' \(error)")
            }
        }
        return patterns
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace }.lowercased() }.filter { !$0.isEmpty }
    }

    /// What a worker without mail says.
    static let credentialsWanted =
        "set one of \(credentials.map(\.variable).joined(separator: ", ")) beside "
        + "\(Setting.graphTenant.variable) and \(Setting.graphClientID.variable)"

    private static let credentials: [Setting] = [
        .graphClientSecret, .graphCertificate, .graphAssertionFile, .graphManagedIdentity,
    ]

    private static func credential(_ configuration: Configuration) throws(ConfigurationError) -> GraphCredential? {
        let given = credentials.filter {
            $0 == .graphManagedIdentity ? configuration.boolean($0) : configuration[$0] != nil
        }
        guard given.count < 2 else {
            throw ConfigurationError(
                message:
                    "\(given.map(\.key).joined(separator: " and ")) are both set: an application proves itself by one"
            )
        }
        switch given.first {
        case Setting.graphClientSecret?:
            return configuration[.graphClientSecret].map { .secret($0) }
        case Setting.graphCertificate?:
            return configuration[.graphCertificate].map {
                .certificate(path: $0, password: configuration[.graphCertificatePassword])
            }
        case Setting.graphAssertionFile?:
            return configuration[.graphAssertionFile].map { .assertionFile(path: $0) }
        case Setting.graphManagedIdentity?:
            let endpoint = configuration[.graphIdentityEndpoint] ?? ManagedIdentity.virtualMachine
            return .managedIdentity(
                ManagedIdentity(endpoint: endpoint, header: configuration[.graphIdentityHeader])
            )
        default:
            return nil
        }
    }

    /// Graph with its version: without one every request is answered 404.
    private static func graphURL(_ configuration: Configuration) throws(ConfigurationError) -> String? {
        guard let url = try secureURL(.graphURL, configuration) else { return nil }
        guard let version = url.split(separator: "/").last, ["v1.0", "beta"].contains(version) else {
            throw ConfigurationError(
                message:
                    "\(Setting.graphURL.key): '\(url)' does not end with Graph's version; write it like \(GraphCloud.global.graphURL)"
            )
        }
        return url
    }

    /// A URL that tokens and secrets may go to: by TLS, or within this machine.
    private static func secureURL(_ setting: Setting, _ configuration: Configuration) throws(ConfigurationError)
        -> String?
    {
        guard let url = configuration[setting] else { return nil }
        let address: PageAddress
        do throws(EgressDenial) {
            address = try PageAddress(url)
        } catch {
            // Not the value: a password in it would stand in the log.
            let problem = error.rule == .userinfo ? "has a name or password in it" : error.reason
            throw ConfigurationError(
                message:
                    "\(setting.key): the address \(problem); write https://host, with port and path where they are needed"
            )
        }
        guard url.hasPrefix("https://") || isLoopback(address.host) else {
            throw ConfigurationError(
                message:
                    "\(setting.key): '\(url)' would carry tokens in the clear; use https:// (http is for this machine)"
            )
        }
        return url
    }

    /// This machine by its name or address: 127.0.0.0/8 and ::1.
    private static func isLoopback(_ host: HostName?) -> Bool {
        switch host?.kind {
        case .name(let name)?: name == "localhost"
        case .address(let address)?:
            address.hasPrefix(.constant("127.0.0.0"), 8) || address == .constant("::1")
        case nil: false
        }
    }
}
