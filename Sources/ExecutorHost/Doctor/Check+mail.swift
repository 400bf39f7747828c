import EventLoops
import HTTPClient
import InternetMail
import MailModel
import MicrosoftGraph
import Telemetry

extension Check {
    /// Asks for a token: that shows tenant, client, credential, scope and network at once.
    static let mail = Check(name: "mail") { configuration in
        do throws(ConfigurationError) {
            switch try MailSetup(configuration) {
            case .none: return .ok("not configured: mail tasks are left to other workers")
            case .incomplete(let wanted): return .warning("half configured", fix: wanted)
            case .graph(let settings): return await token(settings, mailbox: configuration[.graphMailbox])
            case .smtp(let settings, let logIn):
                // Who logs in at every mailbox needs none to be tried.
                let mailbox = configuration[.graphMailbox] ?? configuration[.mailUser]
                return await server(settings, logIn, mailbox: mailbox)
            }
        } catch {
            return .failure("\(error)", fix: "correct the setting")
        }
    }

    private static func token(_ settings: GraphSettings, mailbox: String?) async -> Result {
        let loop = EventLoop(name: "cpa-doctor")
        let transport = CurlTransport(on: loop)
        let client = MailClient(settings, transport: transport, environment: .on(loop))
        let result: Result
        do {
            result = report(try await client.authenticate(), settings, mailbox)
        } catch {
            result = .failure("\(settings.credential): no token", fix: "\(error)")
        }
        await transport.shutdown()
        await loop.shutdown()
        return result
    }

    /// Logs in at both servers and lists folders.
    private static func server(
        _ settings: InternetMailSettings,
        _ logIn: MailSetup.LogIn,
        mailbox: String?
    ) async -> Result {
        guard let mailbox else {
            return .ok(
                "\(settings.submissionURL), not tried: neither CPA_MAIL_USER nor CPA_GRAPH_MAILBOX says who logs in"
            )
        }
        let loop = EventLoop(name: "cpa-doctor")
        let transport = CurlTransport(on: loop)
        let client = MailSetup.client(settings, logIn, transport, loop, .silent)
        let result: Result
        do {
            let folders = try await client.check(mailbox)
            result =
                folders.map {
                    .ok("\(settings.submissionURL) and \(settings.storeURL ?? ""), \($0) folders of \(mailbox)")
                }
                ?? .warning(
                    "\(settings.submissionURL) without IMAP: a lost answer can never be looked up",
                    fix: "set CPA_MAIL_IMAP_URL"
                )
        } catch {
            result = .failure("no log-in for \(mailbox)", fix: "\(error)")
        }
        await transport.shutdown()
        await loop.shutdown()
        return result
    }

    private static func report(_ token: TokenReport, _ settings: GraphSettings, _ mailbox: String?) -> Result {
        let minutes = token.life.components.seconds / 60
        let text = "\(settings.graphURL) by \(settings.credential), token for \(minutes) min"
        let rights = token.roles.filter { $0.hasPrefix("Mail.") }
        let missing = ["Mail.Send", "Mail.ReadWrite"].filter { !rights.contains($0) }
        var (details, fixes) = ([text], [String]())
        if let life = token.certificateLife, life <= .seconds(30 * 86_400) {
            details.append("the certificate ends in \(life.components.seconds / 86_400) days")
            fixes.append("register a new certificate with the application and replace the file")
        }
        if !missing.isEmpty {
            details.append("without \(missing.joined(separator: " and "))")
            fixes.append("grant it with admin consent; rights by RBAC for Applications do not show in a token")
        }
        guard fixes.isEmpty else {
            return .warning(details.joined(separator: ", "), fix: fixes.joined(separator: "; "))
        }
        guard mailbox == nil else { return .ok("\(text), \(rights.joined(separator: " "))") }
        return .ok("\(text), \(rights.joined(separator: " ")); no CPA_GRAPH_MAILBOX: tasks name theirs")
    }
}
