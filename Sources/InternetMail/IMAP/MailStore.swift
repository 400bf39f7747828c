import Cryptography
import HTTPClient
import MailModel
import Telemetry

/// Folders and messages of one mailbox by IMAP: each method is one command.
///
/// Messages are named `uid@folder`, the folder as people see it. Source: RFC 9051, RFC 6154, RFC 6851.
struct MailStore: Sendable {
    /// Where a message lies.
    struct Place: Hashable, Sendable {
        var uid: UInt32
        /// As people see it.
        var folder: String

        init(uid: UInt32, folder: String) {
            self.uid = uid
            self.folder = folder
        }

        /// Reads `uid@folder`.
        init?(_ id: String) {
            guard let at = id.firstIndex(of: "@"), let uid = UInt32(id[..<at]), uid > 0 else { return nil }
            self.uid = uid
            folder = String(id[id.index(after: at)...])
            guard !folder.isEmpty else { return nil }
        }

        var id: String { "\(uid)@\(folder)" }
    }

    /// A folder as the server lists it.
    struct Folder: Hashable, Sendable {
        var name: String
        var separator: String
        /// In lower case: `\sent`, `\noselect`.
        var attributes: Set<String>
    }

    let settings: InternetMailSettings
    let environment: InternetMailEnvironment
    let transport: any MailTransport
    let limiter: MailboxLimiter
    let mailbox: String
    let deadline: ContinuousClock.Instant

    // MARK: Folders

    func folders() async throws -> [Folder] {
        var responses: [[IMAPValue]]
        do {
            responses = try await command("LIST \"\" \"*\" RETURN (SPECIAL-USE)", in: nil)
        } catch let error as MailError where error.code == .rejected {
            // A server without RFC 6154 does not know the end of it.
            responses = try await command("LIST \"\" \"*\"", in: nil)
        }
        return responses.compactMap { response in
            guard response.first?.text?.uppercased() == "LIST", response.count >= 4, let name = response[3].text else {
                return nil
            }
            return Folder(
                name: ModifiedUTF7.decode(name),
                separator: response[2].text ?? "/",
                attributes: Set((response[1].list ?? []).compactMap { $0.text?.lowercased() })
            )
        }
    }

    /// The name of a folder.
    ///
    /// - Throws: `MailError` with `notFound` that lists what there is.
    func name(of folder: FolderReference) async throws -> String {
        switch folder {
        case .purpose(.inbox): return "INBOX"
        case .purpose(.sent):
            if let name = settings.sentFolder { return name }
        case .purpose(.drafts):
            if let name = settings.draftsFolder { return name }
        default: break
        }
        let all = try await folders()
        let found: Folder?
        switch folder {
        case .purpose(let purpose):
            found =
                all.first { $0.attributes.contains(purpose.attribute) }
                ?? all.first { purpose.usualNames.contains($0.name.lowercased()) }
        case .path(let names):
            // The id of a folder is its name, in which a slash may be a letter.
            let name = names.joined(separator: "/").lowercased()
            found =
                all.first { $0.name.lowercased() == names.joined(separator: $0.separator).lowercased() }
                ?? all.first { $0.name.lowercased() == name }
        case .id(let name):
            found = all.first { $0.name.lowercased() == name.lowercased() }
        }
        guard let found else {
            throw MailError(
                .notFound,
                "There is no folder '\(folder)' in \(mailbox); there are \(all.map(\.name).prefix(30).joined(separator: ", "))."
            )
        }
        return found.name
    }

    func status(of folder: String) async throws -> (total: Int, unread: Int) {
        let responses = try await command("STATUS \(Self.quoted(folder)) (MESSAGES UNSEEN)", in: nil)
        for response in responses where response.first?.text?.uppercased() == "STATUS" {
            let values = response.last?.list ?? []
            return (Self.number(after: "MESSAGES", in: values) ?? 0, Self.number(after: "UNSEEN", in: values) ?? 0)
        }
        return (0, 0)
    }

    // MARK: Messages

    /// Uids that fit, the oldest first.
    func search(_ criteria: String, in folder: String) async throws -> [UInt32] {
        let responses = try await command("UID SEARCH \(criteria)", in: folder)
        return responses.filter { $0.first?.text?.uppercased() == "SEARCH" }
            .flatMap { $0.dropFirst().compactMap { $0.text.flatMap(UInt32.init) } }.sorted()
    }

    /// Messages with the parts asked for, by uid.
    func fetch(_ uids: [UInt32], _ what: String, in folder: String) async throws -> [UInt32: FetchedMessage] {
        guard !uids.isEmpty else { return [:] }
        let set = uids.map(String.init).joined(separator: ",")
        var messages: [UInt32: FetchedMessage] = [:]
        for response in try await command("UID FETCH \(set) (UID \(what))", in: folder) {
            guard response.count >= 3, response[1].text?.uppercased() == "FETCH", let values = response[2].list,
                let message = FetchedMessage(values)
            else { continue }
            messages[message.uid] = messages[message.uid]?.merged(with: message) ?? message
        }
        return messages
    }

    func store(_ change: String, _ uid: UInt32, in folder: String) async throws {
        _ = try await command("UID STORE \(uid) \(change)", in: folder)
    }

    /// Moves a message; where it is then can be found by its Message-ID only.
    func move(_ uid: UInt32, from folder: String, to target: String) async throws {
        let name = Self.quoted(target)
        do {
            _ = try await command("UID MOVE \(uid) \(name)", in: folder)
        } catch let error as MailError where error.code == .rejected {
            // A server without RFC 6851.
            _ = try await command("UID COPY \(uid) \(name)", in: folder)
            try await delete(uid, in: folder)
        }
    }

    func delete(_ uid: UInt32, in folder: String) async throws {
        try await store("+FLAGS.SILENT (\\Deleted)", uid, in: folder)
        do {
            _ = try await command("UID EXPUNGE \(uid)", in: folder)
        } catch let error as MailError where error.code == .rejected {
            // A server without UIDPLUS empties the folder of everything that is marked, which is not ours to do.
            environment.logger.warning("A mail stays marked as deleted: the server cannot expunge it alone", [:])
        }
    }

    /// Puts a message from disk into a folder.
    func append(_ path: String, to folder: String) async throws {
        _ = try await exchange(.append(message: path), in: folder)
    }

    /// Where messages with a Message-ID lie in a folder.
    ///
    /// A connection that had opened the folder before sees what came since only after a NOOP (RFC 3501, 6.1.2).
    func find(messageID: String, in folder: String) async throws -> [UInt32] {
        _ = try await command("NOOP", in: folder)
        return try await search("HEADER Message-ID \(Self.quoted(messageID))", in: folder)
    }

    // MARK: Exchanges

    private func command(_ text: String, in folder: String?) async throws -> [[IMAPValue]] {
        let response = try await exchange(.command(text), in: folder)
        do throws(IMAPResponse.Malformed) {
            return try IMAPResponse.untagged(response.lines)
        } catch {
            throw MailError(
                .malformedAnswer,
                "The mail server's answer ends within a mail: a line of that mail looks like the end of an answer."
            )
        }
    }

    private func exchange(_ operation: MailTransferRequest.Operation, in folder: String?) async throws
        -> MailTransferResponse
    {
        guard let url = settings.storeURL else {
            throw MailError(
                .configuration,
                "No IMAP server is configured, so mail can be sent but not read: set CPA_MAIL_IMAP_URL."
            )
        }
        let request = MailTransferRequest(
            url: "\(url)/\(folder.map { PercentCoding.encode(ModifiedUTF7.encode($0)) } ?? "")",
            operation: operation,
            proof: .none,
            requiresTLS: settings.requiresTLS,
            certificateAuthorities: settings.certificateAuthorities
        )
        var pause = Duration.seconds(1)
        while true {
            do {
                return try await send(request)
            } catch let error as MailTransferError {
                let failure = MailError(error, during: folder.map { "reading '\($0)'" } ?? "reading", mailbox)
                // A log-in that is refused for now did nothing, whatever was to be done.
                guard error.isBusy, environment.now() + pause < deadline else { throw failure }
                environment.logger.debug("Waiting before the next log-in", ["cause": failure.description])
                try await environment.sleep(pause)
                pause = min(pause * 2, .seconds(16))
            } catch let error as HTTPClientError {
                throw MailError(.unavailable, "Cannot ask the mail server: \(error)")
            }
        }
    }

    /// One exchange, when one of the user's connections is free.
    private func send(_ request: MailTransferRequest) async throws -> MailTransferResponse {
        let proof = try await environment.proof(mailbox)
        return try await limiter.withSlot(for: proof.user ?? mailbox) {
            var request = request
            request.proof = proof
            let left = deadline - environment.now()
            guard left > .zero else {
                throw MailError(.unavailable, "The time limit of the step is over before the mail server was asked.")
            }
            request.timeout = min(left, .seconds(60))
            return try await transport.execute(request)
        }
    }

    /// A quoted string; what it must not hold is left out.
    static func quoted(_ text: String) -> String {
        let encoded = text.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? text : ModifiedUTF7.encode(text)
        return "\""
            + encoded.reduce(into: "") { result, character in
                if character == "\"" || character == "\\" { result.append("\\") }
                result.append(character)
            } + "\""
    }

    private static func number(after word: String, in values: [IMAPValue]) -> Int? {
        values.firstIndex { $0.text?.uppercased() == word }.flatMap { index in
            values.indices.contains(index + 1) ? values[index + 1].text.flatMap { Int($0) } : nil
        }
    }
}

extension FolderReference.Purpose {
    /// RFC 6154.
    fileprivate var attribute: String {
        switch self {
        case .inbox: "\\inbox"
        case .drafts: "\\drafts"
        case .sent: "\\sent"
        case .trash: "\\trash"
        case .archive: "\\archive"
        case .junk: "\\junk"
        case .outbox: "\\outbox"
        }
    }

    /// What such a folder is called where the server does not say.
    fileprivate var usualNames: Set<String> {
        switch self {
        case .inbox: ["inbox"]
        case .drafts: ["drafts", "entwürfe", "brouillons"]
        case .sent: ["sent", "sent items", "sent messages", "gesendet", "gesendete elemente", "gesendete objekte"]
        case .trash: ["trash", "deleted items", "papierkorb", "gelöschte elemente"]
        case .archive: ["archive", "archiv"]
        case .junk: ["junk", "spam", "junk-e-mail"]
        case .outbox: ["outbox", "postausgang"]
        }
    }
}
