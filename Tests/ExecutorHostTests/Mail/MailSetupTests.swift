import EventLoops
import FixtureServer
import FoundationEssentials
import InternetMail
import MailModel
import MicrosoftGraph
import TestSupport
import Testing

@testable import ExecutorHost

@Suite struct MailSetupTests {
    private static let application = ["CPA_GRAPH_TENANT": "t", "CPA_GRAPH_CLIENT_ID": "c"]

    private static func setup(_ environment: [String: String]) throws -> MailSetup {
        try MailSetup(try Configuration(environment: environment))
    }

    private static func settings(_ more: [String: String]) throws -> GraphSettings? {
        guard case .graph(let settings) = try setup(application.merging(more) { $1 }) else { return nil }
        return settings
    }

    @Test func `a cloud brings its hosts and scope; each can be set by itself`() throws {
        let china = try #require(try Self.settings(["CPA_GRAPH_CLIENT_SECRET": "s", "CPA_GRAPH_CLOUD": "china"]))
        #expect(china.loginURL == "https://login.chinacloudapi.cn")
        #expect(china.graphURL == "https://microsoftgraph.chinacloudapi.cn/v1.0")
        #expect(china.scope == "https://microsoftgraph.chinacloudapi.cn/.default")
        let own = try #require(
            try Self.settings([
                "CPA_GRAPH_CLIENT_SECRET": "s", "CPA_GRAPH_CLOUD": "us_gov",
                "CPA_GRAPH_LOGIN_URL": "https://login.example/",
            ])
        )
        #expect(own.loginURL == "https://login.example")
        #expect(own.graphURL == "https://graph.microsoft.us/v1.0")
    }

    @Test func `each credential is recognised by its setting`() throws {
        for (environment, shown) in [
            (["CPA_GRAPH_CLIENT_SECRET": "s"], "client secret"),
            (["CPA_GRAPH_CERTIFICATE": "/c.pfx"], "certificate /c.pfx"),
            (["CPA_GRAPH_ASSERTION_FILE": "/t"], "federated assertion /t"),
            (["CPA_GRAPH_MANAGED_IDENTITY": "true"], "managed identity"),
        ] { #expect(try Self.settings(environment)?.credential.description == shown) }
    }

    @Test(arguments: ["CPA_MAIL_DENIED_DOMAINS", "CPA_MAIL_DOMAINS"])
    func `a domain nothing could match is refused at the start`(variable: String) throws {
        for (domains, words) in [
            ("kunde.example, @evil.example", "'@evil.example' has an @"), ("1.2.3.4", "'1.2.3.4' is no domain"),
            ("kunde", "'kunde' is one word"),
        ] {
            let configuration = try Configuration(environment: [variable: domains])
            let error = #expect(throws: ConfigurationError.self) { try MailSetup.rules(configuration) }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        let rules = try MailSetup.rules(try Configuration(environment: [variable: "*.kunde.example,.böse.example"]))
        #expect(rules.domains.count + rules.deniedDomains.count == 2)
    }

    @Test func `two credentials, tokens in the clear and halves are said, each with its setting`() throws {
        #expect(throws: ConfigurationError.self) {
            try Self.setup(["CPA_GRAPH_CLIENT_SECRET": "s", "CPA_GRAPH_CERTIFICATE": "/c.pem"])
        }
        for url in [
            "http://graph.example/v1.0", "http://127.0.0.1.evil.example", "http://localhost.example",
        ] {
            let clear = #expect(throws: ConfigurationError.self) {
                try Self.settings(["CPA_GRAPH_CLIENT_SECRET": "s", "CPA_GRAPH_URL": url])
            }
            #expect(clear?.message.contains("tokens in the clear") == true)
        }
        for url in ["http://127.0.0.1:80/v1.0", "http://[::1]:80/beta", "http://localhost/graph/v1.0/"] {
            #expect(try Self.settings(["CPA_GRAPH_CLIENT_SECRET": "s", "CPA_GRAPH_URL": url]) != nil)
        }
        guard case .incomplete(let wanted) = try Self.setup(["CPA_GRAPH_CLIENT_SECRET": "s"]) else {
            Issue.record("not incomplete")
            return
        }
        #expect(wanted == "also set CPA_GRAPH_TENANT and CPA_GRAPH_CLIENT_ID")
        guard case .incomplete = try Self.setup(Self.application), case .none = try Self.setup([:]) else {
            Issue.record("not told apart")
            return
        }
    }

    @Test(arguments: ["CPA_GRAPH_LOGIN_URL", "CPA_GRAPH_URL"])
    func `an address with a name or password in it, or with none of a host, is refused and not shown`(
        variable: String
    ) throws {
        for (url, words) in [
            ("http://127.0.0.1@evil.example", "name or password"),
            ("http://127.0.0.1:80@evil.example/", "name or password"),
            ("http://[::1]@evil.example/", "name or password"), ("https://u:geheim@login.example", "name or password"),
            ("http://127.0.0.1\\@evil.example/", "backslash"), ("http://127.0.0.1:port/", "port"),
            ("https:///v1.0", "host"),
        ] {
            let error = #expect(throws: ConfigurationError.self) {
                try Self.settings(["CPA_GRAPH_CLIENT_SECRET": "s", variable: url])
            }
            #expect(error?.message.contains(words) == true, "\(url): \(error?.message ?? "")")
            #expect(error?.message.contains("geheim") == false)
        }
    }

    @Test(arguments: ["https://graph.microsoft.com", "https://graph.microsoft.com/", "https://graph.microsoft.com/v1"])
    func `Graph without its version is refused with the remedy`(url: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try Self.settings(["CPA_GRAPH_CLIENT_SECRET": "s", "CPA_GRAPH_URL": url])
        }
        #expect(error?.message.contains("like https://graph.microsoft.com/v1.0") == true, "\(error?.message ?? "")")
    }

    @Test func `the doctor gets a token and says how long it lives, or what to correct`() async throws {
        let loop = EventLoop(name: "doctor-test")
        let fixtures = try await Fixtures.start(on: loop)
        var environment = [
            "CPA_GRAPH_TENANT": fixtures.application.tenant, "CPA_GRAPH_CLIENT_ID": fixtures.application.clientID,
            "CPA_GRAPH_CLIENT_SECRET": fixtures.application.clientSecret, "CPA_GRAPH_LOGIN_URL": fixtures.graphURL,
            "CPA_GRAPH_URL": fixtures.graphURL + "/v1.0", "CPA_GRAPH_MAILBOX": "buero@kanzlei.example",
        ]
        let good = await Check.mail.run(try Configuration(environment: environment))
        environment["CPA_GRAPH_CLIENT_SECRET"] = "wrong-value"
        let bad = await Check.mail.run(try Configuration(environment: environment))
        await fixtures.close()
        await loop.shutdown()
        #expect(good.word == "ok")
        #expect(good.detail.contains("by client secret, token for 59 min, Mail.ReadWrite Mail.Send"))
        #expect(bad.word == "fail")
        #expect(bad.fix?.contains("The client secret is wrong") == true)
        #expect(bad.fix?.contains("wrong-value") == false)
    }

    @Test func `the doctor warns of a certificate that soon ends`() async throws {
        try await TestCertificates.with { made in
            let loop = EventLoop(name: "doctor-test")
            let fixtures = try await Fixtures.start(on: loop)
            let pem = try String(contentsOf: URL(filePath: made.directory + "/cert.pem"), encoding: .utf8)
            await fixtures.graph.setCertificates([pem])
            let found = await Check.mail.run(
                try Configuration(environment: [
                    "CPA_GRAPH_TENANT": fixtures.application.tenant,
                    "CPA_GRAPH_CLIENT_ID": fixtures.application.clientID,
                    "CPA_GRAPH_CERTIFICATE": made.directory + "/both.pem", "CPA_GRAPH_LOGIN_URL": fixtures.graphURL,
                    "CPA_GRAPH_URL": fixtures.graphURL + "/v1.0",
                ])
            )
            await fixtures.close()
            await loop.shutdown()
            #expect(found.word == "warn")
            #expect(found.detail.contains("token for 59 min, the certificate ends in"), "\(found.detail)")
            #expect(found.fix == "register a new certificate with the application and replace the file")
        }
    }

    @Test(arguments: ["CPA_MAIL_USER", "CPA_GRAPH_MAILBOX"])
    func `the doctor logs in at a mail server as whom the settings name`(variable: String) async throws {
        let smtp = [
            "CPA_MAIL_PROVIDER": "smtp", "CPA_MAIL_SMTP_URL": "smtp://127.0.0.1:1", "CPA_MAIL_PASSWORD": "geheim",
        ]
        let tried = await Check.mail.run(
            try Configuration(environment: smtp.merging([variable: "buero@kanzlei.example"]) { $1 })
        )
        #expect(tried.word == "fail" && tried.detail == "no log-in for buero@kanzlei.example", "\(tried)")
        let untried = await Check.mail.run(try Configuration(environment: smtp))
        #expect(untried.word == "ok" && untried.detail.contains("neither CPA_MAIL_USER nor CPA_GRAPH_MAILBOX"))
    }

    @Test func `SMTP takes a password, or tokens for Exchange`() throws {
        let smtp = ["CPA_MAIL_PROVIDER": "smtp", "CPA_MAIL_SMTP_URL": "smtp://mail.example:587/"]
        guard
            case .smtp(let settings, .password(_, let user)) = try Self.setup(
                smtp.merging(["CPA_MAIL_PASSWORD": "p", "CPA_MAIL_IMAP_URL": "imaps://mail.example"]) { $1 }
            )
        else {
            Issue.record("no password")
            return
        }
        #expect(settings.submissionURL == "smtp://mail.example:587")
        #expect(settings.storeURL == "imaps://mail.example")
        #expect(settings.requiresTLS)
        #expect(user == nil)
        let token = smtp.merging(Self.application) { $1 }.merging(["CPA_GRAPH_CLIENT_SECRET": "s"]) { $1 }
        guard case .smtp(_, .token(let graph, _)) = try Self.setup(token) else {
            Issue.record("no token")
            return
        }
        #expect(graph.scope == "https://outlook.office365.com/.default")
        guard case .incomplete = try Self.setup(smtp), case .incomplete = try Self.setup(["CPA_MAIL_PROVIDER": "smtp"])
        else {
            Issue.record("not incomplete")
            return
        }
        for url in ["http://mail.example", "smtp://user:p@mail.example", "smtp://mail.example/x", "smtp:"] {
            #expect(throws: ConfigurationError.self) {
                try Self.setup(smtp.merging(["CPA_MAIL_SMTP_URL": url, "CPA_MAIL_PASSWORD": "p"]) { $1 })
            }
        }
    }
}
