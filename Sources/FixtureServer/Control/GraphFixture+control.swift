import Cryptography
import HTTPServer
package import JSON

/// The switches and the read-back of the service, for demos and tests of other processes; needs no token.
///
/// docs/fixtures.md lists them with their bodies.
extension GraphFixture {
    /// A body that a switch cannot follow.
    private struct Refusal: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    func control(_ request: HTTPRequest) async throws -> HTTPResponse {
        let segments = Array(request.segments.dropFirst())
        let body = try await request.collectBody(limit: 8 << 20) ?? []
        guard let json = body.isEmpty ? .null : try? JSONValue(parsing: body) else {
            return Self.problem("the body is no JSON")
        }
        do {
            guard let answer = try show(request.method, segments) ?? change(request.method, segments, json) else {
                return .json(404, #"{"error":"no such control; see docs/fixtures.md"}"#)
            }
            return answer
        } catch let refusal as Refusal {
            return Self.problem(refusal.message)
        } catch let failure as GraphFailure {
            return Self.problem(failure.message)
        }
    }

    private static func problem(_ message: String) -> HTTPResponse {
        .json(400, (["error": .string(message)] as JSONObject).text())
    }

    /// What can be looked at.
    private func show(_ method: String, _ segments: [String]) -> HTTPResponse? {
        switch (method, segments) {
        case ("GET", ["mailboxes"]): .json(200, JSONValue.object(mailboxes()).text(.pretty))
        case ("GET", ["faults"]): .json(200, JSONValue.array(faults.rules.map { .string("\($0)") }).text(.pretty))
        case ("GET", ["requests"]): .json(200, JSONValue.array(requests.map { .object($0.json) }).text(.pretty))
        case ("GET", ["tokens"]):
            .json(
                200,
                JSONValue.object([
                    "issued": .integer(Int64(identity.issued)),
                    "requests": .array(
                        identity.requests.map {
                            [
                                "credential": .string($0.credential),
                                "claims": $0.claims.map { .string($0) } ?? .null,
                                "given": .bool($0.wasGiven),
                            ]
                        }
                    ),
                ]).text(.pretty)
            )
        case ("GET", ["chaos"]):
            .json(
                200,
                JSONValue.object(
                    (chaos?.shown ?? [:]).reduce(into: JSONObject()) { $0[$1.key] = .integer(Int64($1.value)) }
                ).text(.pretty)
            )
        default: nil
        }
    }

    /// What can be switched.
    private func change(_ method: String, _ segments: [String], _ json: JSONValue) throws -> HTTPResponse? {
        switch (method, segments) {
        case ("PUT", let segments) where segments.count == 2 && segments[0] == "mailboxes":
            mail.addMailbox(segments[1])
            let language = json["language"]?.string.flatMap {
                MailboxLanguage(rawValue: String($0.prefix(2)).lowercased())
            }
            if let language { mail.mailboxes[segments[1].lowercased()]?.speak(language) }
        case ("POST", let segments)
        where segments.count == 3 && segments[0] == "mailboxes" && segments[2] == "messages":
            try receive(json, for: segments[1])
        case ("POST", ["faults"]):
            do throws(FaultRule.Invalid) { add(try FaultRule(json)) } catch { throw Refusal(error.message) }
        case ("DELETE", ["faults"]): faults.removeAll()
        case ("POST", ["chaos"]):
            do throws(ChaosPlan.Invalid) { chaos = try ChaosPlan(json) } catch { throw Refusal(error.message) }
        case ("DELETE", ["chaos"]): chaos = nil
        case ("POST", ["settings"]): change(json)
        case ("POST", ["application"]): try changeApplication(json)
        case ("POST", ["tokens", "expire"]): expireTokens()
        case ("POST", ["tokens", "revoke"]): revokeTokens()
        case ("POST", ["delta", "expire"]): expireDeltas()
        case ("POST", ["uploads", "expire"]): expireUploads()
        case ("POST", ["reset"]): reset()
        default: return nil
        }
        return HTTPResponse(status: 204)
    }

    private func change(_ json: JSONValue) {
        if let seconds = json["token_lifetime"]?.int64 { identity.tokenLifetime = seconds }
        if let delay = json["send_delay_ms"]?.int64 { mail.behaviour.sendDelay = delay }
        if let isVisible = json["outbox_visible"]?.bool { mail.behaviour.isOutboxVisible = isVisible }
        if let keeps = json["keep_immutable_id"]?.bool { mail.behaviour.keepsImmutableID = keeps }
        if let milliseconds = json["latency_ms"]?.int { latency = max(0, milliseconds) }
        if let holds = json["budgets"]?.bool { hasBudgets = holds }
        if let isEmpty = json["empty_first_pages"]?.bool { hasEmptyFirstPages = isEmpty }
        if let delay = json["trace_delay_ms"]?.int64 { mail.traceDelay = delay }
        for (address, status) in json["trace_statuses"]?.object ?? JSONObject() {
            mail.traceStatuses[address.lowercased()] = status.string
        }
    }

    private func changeApplication(_ json: JSONValue) throws {
        try checkMembers(json, ["roles", "certificates", "federated", "allowed_mailboxes", "send_as"])
        if let allowed = json["allowed_mailboxes"], !allowed.isNull { _ = try texts(json, "allowed_mailboxes") }
        let sendAs = try texts(json, "send_as")
        if let roles = try texts(json, "roles") { setRoles(Set(roles)) }
        if let certificates = try texts(json, "certificates") {
            for certificate in certificates where (try? X509Certificate(pem: Array(certificate.utf8))) == nil {
                throw Refusal("'certificates' must be a list of certificates in PEM")
            }
            identity.application.certificates = certificates
        }
        if let federated = json["federated"] {
            guard let issuer = federated["issuer"]?.string, let subject = federated["subject"]?.string,
                let certificate = federated["certificate"]?.string
            else { throw Refusal("'federated' needs issuer, subject and certificate (PEM)") }
            identity.application.federatedIssuer = .init(issuer: issuer, subject: subject, certificate: certificate)
        }
        if let allowed = json["allowed_mailboxes"] {
            setAllowedMailboxes(allowed.array.map { Set($0.compactMap { $0.string?.lowercased() }) })
        }
        if let sendAs { mail.sendAs = Set(sendAs.map { $0.lowercased() }) }
    }

    private func checkMembers(_ json: JSONValue, _ known: [String]) throws {
        guard let object = json.object else { throw Refusal("the body must be an object") }
        if let unknown = object.map(\.key).first(where: { !known.contains($0) }) {
            throw Refusal("there is no member '\(unknown)'; there are \(known.joined(separator: ", "))")
        }
    }

    private func texts(_ json: JSONValue, _ name: String) throws -> [String]? {
        guard let value = json[name] else { return nil }
        guard let texts = value.array?.map(\.string) as? [String] else {
            throw Refusal("'\(name)' must be a list of texts")
        }
        return texts
    }

    /// A mail from outside, into the Inbox at once or after `after_ms`.
    private func receive(_ json: JSONValue, for address: String) throws {
        let user = try mail.user(address)
        guard let mailbox = mail.mailboxes[user], let object = json.object else {
            throw Refusal("a message is an object")
        }
        let time = now() + (json["after_ms"]?.int64 ?? 0)
        var message = mailbox.blank(now: time, in: mailbox.id(of: .inbox))
        let from = json["from"]?.string ?? "post@absender.example"
        message.from = .init(name: json["from_name"]?.string ?? from, address: from)
        message.to = [.init(name: mailbox.address, address: mailbox.address)]
        message.subject = object["subject"]?.string ?? ""
        message.body = .init(contentType: json["body_type"]?.string ?? "text", content: json["body"]?.string ?? "")
        message.headers = (json["headers"]?.object ?? JSONObject()).map { ($0.key, $0.value.string ?? "") }
        for item in json["attachments"]?.array ?? [] {
            guard let name = item["name"]?.string else { throw Refusal("an attachment needs a name") }
            let encoded = item["content_base64"]?.string
            guard let bytes = encoded.map({ try? Base64.decode($0) }) ?? Array((item["text"]?.string ?? "").utf8) else {
                throw Refusal("'content_base64' of the attachment '\(name)' is no base64")
            }
            message.attachments.append(
                StoredAttachment(
                    id: mailbox.identifiers.make(MailIdentifiers.attachmentPrefix),
                    name: name,
                    contentType: item["content_type"]?.string ?? "application/octet-stream",
                    bytes: bytes,
                    modified: time
                )
            )
        }
        mail.arrive(message, for: user, at: time)
        mail.settle(now: now())
    }
}

// MARK: The same switches for tests in this process

extension GraphFixture {
    /// Sets a fault.
    package func add(_ rule: FaultRule) { faults.add(rule) }

    /// Takes back every fault that is still set.
    package func clearFaults() { faults.removeAll() }

    /// Lets faults come at random, or no more.
    package func setChaos(_ plan: ChaosPlan?) { chaos = plan }

    /// How often chaos has shown each kind of fault.
    package var chaosShown: [String: Int] { chaos?.shown ?? [:] }

    /// Makes every token issued so far an expired one.
    package func expireTokens() { identity.expireTokens(now: now()) }

    /// Answers tokens issued so far with a claims challenge, if their client said it can handle one.
    package func revokeTokens() { identity.revokeTokens(now: now()) }

    /// Makes every delta token one that is not known any more.
    package func expireDeltas() { mail.deltas.expire() }

    /// Ends every upload session.
    package func expireUploads() { mail.expireUploads() }

    /// How long new tokens live, in seconds.
    package func setTokenLifetime(_ seconds: Int64) { identity.tokenLifetime = seconds }

    /// What the application may do; holds for tokens issued from now on.
    package func setRoles(_ roles: Set<String>) { identity.application.roles = roles }

    /// Which mailboxes an access policy lets the application reach, in lower case; nil for all.
    package func setAllowedMailboxes(_ mailboxes: Set<String>?) { identity.application.allowedMailboxes = mailboxes }

    /// Registers certificates (PEM) of the application.
    package func setCertificates(_ certificates: [String]) { identity.application.certificates = certificates }

    /// How sending behaves: milliseconds until a mail is in Sent Items, whether the Outbox shows it, whether the immutable
    /// id of a draft leads to the sent copy.
    package func setSending(delay: Int64, isOutboxVisible: Bool = true, keepsImmutableID: Bool = true) {
        mail.behaviour = Mailbox.Behaviour(
            sendDelay: delay,
            isOutboxVisible: isOutboxVisible,
            keepsImmutableID: keepsImmutableID
        )
    }

    /// How long nobody knows what became of a mail, in milliseconds, and what becomes of mail to some receivers.
    package func setTracing(delay: Int64, statuses: [String: String] = [:]) {
        mail.traceDelay = delay
        mail.traceStatuses = statuses
    }

    /// Puts an empty page with a next one in front of every list, or no more.
    package func setEmptyFirstPages(_ isOn: Bool) { hasEmptyFirstPages = isOn }

    /// How many tokens were issued.
    package var tokensIssued: Int { identity.issued }

    /// Claims of the token requests so far, oldest first; nil for those without.
    package var tokenClaims: [String?] { identity.requests.map(\.claims) }

    /// What lies in every folder that is not empty, by address and well-known folder name or the name people see.
    package func mailboxes() -> JSONObject {
        mail.settle(now: now())
        var result = JSONObject()
        for (_, mailbox) in mail.mailboxes.sorted(by: { $0.key < $1.key }) {
            var folders = JSONObject()
            for folder in mailbox.folders {
                let messages = mailbox.messages.filter { $0.folder == folder.id }
                guard !messages.isEmpty else { continue }
                folders[folder.wellKnown?.rawValue ?? folder.displayName] = .array(messages.map { .object($0.summary) })
            }
            result[mailbox.address] = .object(folders)
        }
        return result
    }

    /// The messages of a folder, oldest first, as `/_control/mailboxes` shows them.
    package func messages(of address: String, in folder: String) -> [JSONObject] {
        mail.settle(now: now())
        guard let mailbox = mail.mailboxes[address.lowercased()], let folder = try? mailbox.folder(folder) else {
            return []
        }
        return mailbox.messages.filter { $0.folder == folder.id }.map(\.summary)
    }
}

extension StoredMessage {
    fileprivate var summary: JSONObject {
        [
            "subject": .string(subject),
            "from": from.map { .string($0.address) } ?? .null,
            "to": .array(to.map { .string($0.address) }),
            "cc": .array(cc.map { .string($0.address) }),
            "bcc": .array(bcc.map { .string($0.address) }),
            "reply_to": .array(replyTo.map { .string($0.address) }),
            "importance": .string(importance),
            "body_type": .string(body.contentType),
            "body": .string(body.content),
            "is_draft": .bool(isDraft),
            "is_read": .bool(isRead),
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
