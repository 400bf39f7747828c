import Cryptography
package import HTTPClient
import JSON
package import MailModel
import Telemetry

/// Sends and reads mail of Microsoft Graph v1.0 as an application.
///
/// Safe from anywhere. What it waits for, it waits for by the environment's clock.
package struct MailClient: MailProvider {
    package let name = "Microsoft Graph"
    package let searchesAllFolders = true
    let connection: GraphConnection
    var settings: GraphSettings { connection.settings }
    var environment: GraphEnvironment { connection.environment }

    /// A client; nothing is sent before the first call.
    package init(_ settings: GraphSettings, transport: any HTTPTransport, environment: GraphEnvironment) {
        connection = GraphConnection(settings, transport: transport, environment: environment)
    }

    /// Checks tenant, client and credential by getting a token.
    ///
    /// - Throws: `MailError` whose message says what to correct.
    @discardableResult
    package func authenticate() async throws -> TokenReport { try await connection.authenticate() }

    package func send(
        _ mail: OutgoingMail,
        mode: SentMail.Mode = .draft,
        verify: Bool = true,
        deadline: ContinuousClock.Instant,
        willSend: @Sendable () async throws -> Void = {}
    ) async throws -> SentMail {
        try await withTaskExecutorPreference(environment.loop) {
            let sent =
                switch mode {
                case .draft: try await sendByDraft(mail, verify: verify, deadline: deadline, willSend)
                case .direct: try await sendDirectly(mail, verify: verify, deadline: deadline, willSend)
                }
            if verify, sent.proof == .inSentItems {
                try await compareAttachments(of: sent, with: mail, deadline: deadline)
            }
            return sent
        }
    }

    // MARK: Paths and answers

    /// A message as failures name it: its id, shortened in its middle, and its mailbox.
    static func words(for id: String, of mailbox: String) -> String {
        "the mail \(id.count <= 60 ? id : "\(id.prefix(20))…\(id.suffix(30))") of \(mailbox)"
    }

    /// `/users/{mailbox}/messages/{id}`, encoded.
    static func path(_ mailbox: String, _ message: String) -> String {
        "/users/\(PercentCoding.encode(mailbox))/messages/\(PercentCoding.encode(message))"
    }

    /// The answer's body as an object.
    static func object(_ response: HTTPClientResponse, _ what: String) throws -> JSONValue {
        guard let json = try? JSONValue(parsing: response.body, options: .trustedPeer), json.object != nil,
            json["error"] == nil
        else {
            throw MailError(
                .malformedAnswer,
                "The answer about \(what) is no JSON object, although its status is \(response.status).",
                status: response.status,
                requestID: response.header("request-id")
            )
        }
        return json
    }

    /// The elements of the answer's `value`; an error object among them is an error.
    static func values(_ response: HTTPClientResponse, _ what: String) throws -> [JSONValue] {
        guard let values = try object(response, what)["value"]?.array, values.allSatisfy({ $0["id"]?.string != nil })
        else {
            throw MailError(
                .malformedAnswer,
                "The list of \(what) holds something else, although its status is \(response.status).",
                status: response.status,
                requestID: response.header("request-id")
            )
        }
        return values
    }

    static func trace(_ json: JSONValue, _ what: String) throws -> MailTrace {
        guard let id = json["id"]?.string, let messageID = json["internetMessageId"]?.string,
            let isDraft = json["isDraft"]?.bool
        else {
            throw MailError(.malformedAnswer, "The answer about \(what) lacks id, internetMessageId or isDraft.")
        }
        return MailTrace(
            id: id,
            internetMessageID: messageID,
            isDraft: isDraft,
            sent: json["sentDateTime"]?.string,
            to: ReceivedMail.addresses(json["toRecipients"]),
            subject: json["subject"]?.string ?? ""
        )
    }
}
