import Cryptography
import HTTPServer
package import JSON

/// The switches and the read-back of the service, for demos and tests of other processes; needs no token.
///
/// ```
/// GET    /_control/mailboxes        what lies in every folder, attachments with length and SHA-256
/// PUT    /_control/mailboxes/{a}    a new empty mailbox
/// POST   /_control/faults           {"kind": "answer_after", "path_suffix": "/send", "status": 504, "times": 1}
/// GET | DELETE /_control/faults     the faults left | none any more
/// GET    /_control/requests         the last requests, oldest first
/// POST   /_control/settings         {"token_lifetime": s, "send_delay_ms": n, "outbox_visible": b, "keep_immutable_id": b}
/// POST   /_control/tokens/expire    every token issued is expired now
/// POST   /_control/reset            as after the start
/// ```
extension GraphFixture {
    func control(_ request: HTTPRequest) async throws -> HTTPResponse {
        let segments = Array(request.segments.dropFirst())
        let body = try await request.collectBody(limit: 64 << 10) ?? []
        let json = (try? JSONValue(parsing: body)) ?? .null
        switch (request.method, segments) {
        case ("GET", ["mailboxes"]):
            return .json(200, JSONValue.object(mailboxes()).text(.pretty))
        case ("PUT", let segments) where segments.count == 2 && segments[0] == "mailboxes":
            mail.addMailbox(segments[1])
        case ("POST", ["faults"]):
            guard let rule = FaultRule(json) else {
                let kinds = FaultRule.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                return .json(400, #"{"error":"'kind' must be one of \#(kinds)"}"#)
            }
            add(rule)
        case ("GET", ["faults"]):
            return .json(200, JSONValue.array(faults.rules.map { .string("\($0)") }).text(.pretty))
        case ("DELETE", ["faults"]):
            faults.removeAll()
        case ("GET", ["requests"]):
            return .json(200, JSONValue.array(requests.map { .object($0.json) }).text(.pretty))
        case ("POST", ["settings"]):
            change(json)
        case ("POST", ["tokens", "expire"]):
            expireTokens()
        case ("POST", ["reset"]):
            reset()
        default:
            return .json(404, #"{"error":"no such control; see docs/fixtures.md"}"#)
        }
        return HTTPResponse(status: 204)
    }

    /// Sets a fault.
    package func add(_ rule: FaultRule) { faults.add(rule) }

    /// Takes back every fault that is still set.
    package func clearFaults() { faults.removeAll() }

    /// Makes every token issued so far an expired one.
    package func expireTokens() { identity.expireTokens(now: now()) }

    /// How long new tokens live, in seconds.
    package func setTokenLifetime(_ seconds: Int64) { identity.tokenLifetime = seconds }

    /// How sending behaves: milliseconds until a mail is in Sent Items, whether the Outbox shows it, whether the immutable
    /// id of a draft leads to the sent copy.
    package func setSending(delay: Int64, isOutboxVisible: Bool = true, keepsImmutableID: Bool = true) {
        mail.behaviour = Mailbox.Behaviour(
            sendDelay: delay,
            isOutboxVisible: isOutboxVisible,
            keepsImmutableID: keepsImmutableID
        )
    }

    /// How many tokens were issued.
    package var tokensIssued: Int { identity.issued }

    /// What lies in every folder that is not empty, by address and well-known folder name.
    package func mailboxes() -> JSONObject {
        mail.settle(now: now())
        var result = JSONObject()
        for (_, mailbox) in mail.mailboxes.sorted(by: { $0.key < $1.key }) {
            var folders = JSONObject()
            for folder in MailFolder.allCases {
                let messages = mailbox.messages.filter { $0.folder == folder }
                if !messages.isEmpty { folders[folder.rawValue] = .array(messages.map { .object($0.summary) }) }
            }
            result[mailbox.address] = .object(folders)
        }
        return result
    }

    /// The messages of a folder, oldest first, as `/_control/mailboxes` shows them.
    package func messages(of address: String, in folder: String) -> [JSONObject] {
        mailboxes()[address]?[folder]?.array?.compactMap(\.object) ?? []
    }

    private func change(_ json: JSONValue) {
        if let seconds = json["token_lifetime"]?.int64 { identity.tokenLifetime = seconds }
        if let delay = json["send_delay_ms"]?.int64 { mail.behaviour.sendDelay = delay }
        if let isVisible = json["outbox_visible"]?.bool { mail.behaviour.isOutboxVisible = isVisible }
        if let keeps = json["keep_immutable_id"]?.bool { mail.behaviour.keepsImmutableID = keeps }
    }
}

extension StoredMessage {
    fileprivate var summary: JSONObject {
        [
            "subject": .string(subject),
            "to": .array(to.map { .string($0.address) }),
            "cc": .array(cc.map { .string($0.address) }),
            "bcc": .array(bcc.map { .string($0.address) }),
            "reply_to": .array(replyTo.map { .string($0.address) }),
            "importance": .string(importance),
            "body_type": .string(body.contentType),
            "body": .string(body.content),
            "is_draft": .bool(isDraft),
            "message_id": .string(internetMessageID),
            "headers": .object(headers.reduce(into: JSONObject()) { $0[$1.name] = .string($1.value) }),
            "attachments": .array(
                attachments.map { attachment in
                    [
                        "name": .string(attachment.name),
                        "content_type": .string(attachment.contentType),
                        "bytes": .integer(Int64(attachment.bytes.count)),
                        "sha256": .string(attachment.sha256),
                    ]
                }
            ),
        ]
    }
}

extension LoggedRequest {
    fileprivate var json: JSONObject {
        [
            "method": .string(method),
            "target": .string(target),
            "had_authorization": .bool(hadAuthorization),
            "content_length": contentLength.map { .integer(Int64($0)) } ?? .null,
            "status": .integer(Int64(status)),
        ]
    }
}
