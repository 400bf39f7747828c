import Cryptography
import FoundationEssentials
import HTTPClient
import MailModel
import TestSupport
import Testing

@testable import InternetMail

/// The client against real servers: Dovecot and aiosmtpd, with STARTTLS.
@Suite(.timeLimit(.minutes(2))) struct ServerTests {
    private static var soon: ContinuousClock.Instant { .now + .seconds(30) }

    @Test func `a mail with a file goes out once, lies in Sent byte for byte, and is read with all it has`()
        async throws
    {
        try await MailServer.with { server in
            let client = server.client()
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try Data(bytes).write(to: URL(filePath: server.directory + "/a"))
            let file = OutgoingAttachment(
                path: server.directory + "/a",
                name: "Rechnung für Müller.pdf",
                contentType: "application/pdf",
                bytes: bytes.count,
                sha256: SHA256.digest(of: bytes).hex
            )
            let mail = try server.mail("job/1", files: [file])
            let sent = try await client.send(mail, mode: .draft, verify: true, deadline: Self.soon)
            #expect(sent.proof == .inSentItems)
            #expect(!sent.wasAlreadySent)
            let again = try await client.send(mail, mode: .draft, verify: true, deadline: Self.soon)
            #expect(again.wasAlreadySent)
            #expect(try await server.messages(MailServer.sender, .purpose(.drafts)).isEmpty)
            #expect(try await server.messages(MailServer.sender, .purpose(.sent)).count == 1)

            let inbox = try await server.messages(MailServer.receiver, .purpose(.inbox))
            #expect(inbox.map(\.subject) == ["Rechnung für Müller"])
            let id = try #require(inbox.first?.id)
            #expect(inbox.first?.hasAttachments == true)
            #expect(inbox.first?.isRead == false)
            let read = try await client.message(id, in: MailServer.receiver, deadline: Self.soon)
            #expect(read.body.contains("123456"))
            #expect(read.from == MailServer.sender)
            #expect(read.internetMessageID == sent.trace.internetMessageID)
            #expect(read.links.map(\.url) == ["https://portal.example/confirm?x=1"])
            let attachments = try await client.attachments(of: id, in: MailServer.receiver, deadline: Self.soon)
            #expect(attachments.map(\.name) == [file.name])
            let path = server.directory + "/got"
            try await client.download(
                attachments[0],
                of: id,
                in: MailServer.receiver,
                to: path,
                limit: bytes.count,
                deadline: Self.soon
            )
            #expect(Array(try Data(contentsOf: URL(filePath: path))) == bytes)
        }
    }

    @Test func `mails are marked, moved, put into the trash and answered`() async throws {
        try await MailServer.with { server in
            let client = server.client()
            for number in 1...2 {
                let mail = try server.mail("job/\(number)", subject: "Frage \(number)")
                _ = try await client.send(mail, mode: .draft, verify: false, deadline: Self.soon)
            }
            let box = MailServer.receiver
            let inbox = try await server.messages(box, .purpose(.inbox))
            let first = try #require(inbox.first { $0.subject == "Frage 1" })
            try await client.mark(first.id, isRead: true, in: box, deadline: Self.soon)
            let unread = try await client.messages(
                in: box,
                matching: MailQuery(unreadOnly: true, from: MailServer.sender, subject: "frage"),
                deadline: Self.soon
            )
            #expect(unread.mails.map(\.subject) == ["Frage 2"])
            #expect(unread.isComplete)

            var answer = try server.mail("job/answer", subject: "")
            answer.mailbox = box
            answer.to = []
            answer.basis = .reply(to: first.id, all: false)
            let sent = try await client.send(answer, mode: .draft, verify: true, deadline: Self.soon)
            #expect(sent.trace.to == [MailServer.sender])
            let answers = try await server.messages(MailServer.sender, .purpose(.inbox))
            #expect(answers.map(\.subject) == ["Re: Frage 1"])

            let moved = try await client.move(
                first.id,
                to: FolderReference("Archiv/Müller"),
                in: box,
                deadline: Self.soon
            )
            #expect(moved.hasSuffix("@Archiv/Müller"))
            let isThere = try await client.isMessage(
                moved,
                in: FolderReference("archiv/müller"),
                of: box,
                deadline: Self.soon
            )
            #expect(isThere == true)
            #expect(
                try await client.isMessage(first.id, in: .purpose(.trash), of: box, deadline: Self.soon) == nil
            )
            let folders = try await client.folders(of: box, below: nil, deadline: Self.soon)
            #expect(Set(folders.map(\.name)).isSuperset(of: ["INBOX", "Sent", "Drafts", "Trash"]))
            await #expect(throws: MailError.self) {
                try await client.move(moved, to: FolderReference("Nirgends"), in: box, deadline: Self.soon)
            }
        }
    }

    @Test func `what a mail that is passed on holds is looked at before it goes out`() async throws {
        try await MailServer.with { server in
            let client = server.client()
            try Data([1, 2, 3]).write(to: URL(filePath: server.directory + "/a"))
            let file = OutgoingAttachment(
                path: server.directory + "/a",
                name: "IBAN.pdf",
                contentType: "application/pdf",
                bytes: 3,
                sha256: SHA256.digest(of: [1, 2, 3]).hex
            )
            let original = try server.mail("job/1", files: [file])
            _ = try await client.send(original, mode: .draft, verify: false, deadline: Self.soon)
            let inbox = try await server.messages(MailServer.receiver, .purpose(.inbox))
            var forward = try server.mail("job/2", subject: "")
            forward.mailbox = MailServer.receiver
            forward.basis = .forward(of: try #require(inbox.first?.id))
            forward.objection = { mail in
                "\(mail.subject), \(mail.files.map(\.name)), \(mail.body.contains("123456"))"
            }
            let error = await #expect(throws: MailError.self) {
                try await client.send(forward, mode: .draft, verify: false, deadline: Self.soon)
            }
            #expect(error?.code == .policy)
            #expect(error?.message == "Fwd: Rechnung für Müller, [\"IBAN.pdf\"], true")
            #expect(try await server.messages(MailServer.receiver, .purpose(.drafts)).isEmpty)
        }
    }

    @Test func `a check logs in at both servers, and gives nothing to send`() async throws {
        try await MailServer.with { server in
            let folders = try await server.client().check(MailServer.sender)
            #expect(folders ?? 0 >= 4)
            #expect(try await server.client(hasStore: false).check(MailServer.sender) == nil)
            let stranger = server.client(hasStore: false, proof: .password(user: MailServer.sender, password: "x"))
            let error = await #expect(throws: MailError.self) { try await stranger.check(MailServer.sender) }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("smtp://127.0.0.1:\(server.smtpPort)") == true)
            #expect(try await server.messages(MailServer.sender, .purpose(.inbox)).isEmpty)
        }
    }

    @Test func `an answer goes where the mail wants it, within its thread`() async throws {
        try await MailServer.with { server in
            let client = server.client()
            var original = try server.mail("job/1")
            original.replyTo = [try MailAddress("Post <post@kanzlei.example>")]
            let first = try await client.send(original, mode: .draft, verify: false, deadline: Self.soon)
            let inbox = try await server.messages(MailServer.receiver, .purpose(.inbox))
            var answer = try server.mail("job/2", subject: "")
            answer.mailbox = MailServer.receiver
            answer.to = []
            answer.basis = .reply(to: try #require(inbox.first?.id), all: true)
            answer.objection = { $0.receivers == ["post@kanzlei.example"] ? nil : "\($0.receivers)" }
            let sent = try await client.send(answer, mode: .draft, verify: true, deadline: Self.soon)
            #expect(sent.trace.to == ["post@kanzlei.example"])
            let place = try #require(MailStore.Place(sent.trace.id))
            let part = try await client.whole(place.id, in: MailServer.receiver, Self.soon).part
            #expect(part.header("references") == first.trace.internetMessageID)
        }
    }

    @Test func `a mail that is passed on keeps the images it shows, and mails within it as files`() async throws {
        try await MailServer.with { server in
            let client = server.client()
            let eml = Array("Subject: innen\r\n\r\nText".utf8)
            var files: [OutgoingAttachment] = []
            for (name, type, bytes) in [
                ("logo.png", "image/png", [1, 2] as [UInt8]), ("innen.eml", "message/rfc822", eml),
            ] {
                try Data(bytes).write(to: URL(filePath: "\(server.directory)/\(name)"))
                files.append(
                    OutgoingAttachment(
                        path: "\(server.directory)/\(name)",
                        name: name,
                        contentType: type,
                        bytes: bytes.count,
                        sha256: SHA256.digest(of: bytes).hex,
                        contentID: name == "logo.png" ? "logo@kanzlei.example" : nil
                    )
                )
            }
            var original = try server.mail("job/1", files: files)
            original.bodyType = .html
            original.body = "<p>Siehe <img src=\"cid:logo@kanzlei.example\"></p>"
            _ = try await client.send(original, mode: .draft, verify: true, deadline: Self.soon)
            let inbox = try await server.messages(MailServer.receiver, .purpose(.inbox))
            var forward = try server.mail("job/2", subject: "")
            forward.mailbox = MailServer.receiver
            forward.to = [try MailAddress("chef@müller.example")]
            forward.basis = .forward(of: try #require(inbox.first?.id))
            let sent = try await client.send(forward, mode: .draft, verify: true, deadline: Self.soon)
            #expect(sent.trace.to == ["chef@xn--mller-kva.example"])
            let arrived = try await server.messages("chef@xn--mller-kva.example", .purpose(.inbox))
            let got = try await client.whole(
                try #require(arrived.first?.id),
                in: "chef@xn--mller-kva.example",
                Self.soon
            ).part.files
            #expect(Set(got.map(\.attachment.name)) == ["logo.png", "innen.eml"])
            #expect(got.compactMap(\.part.contentID) == ["logo@kanzlei.example"])
            #expect(got.first { $0.attachment.name == "innen.eml" }?.part.bytes == eml)
        }
    }

    @Test func `every fault ends in a mail sent once, a clear failure, or a question`() async throws {
        try await MailServer.with { server in
            let client = server.client()
            for (word, code) in [
                ("[refuse]", MailError.Code.rejected), ("[later]", .throttled), ("[cut-before]", .unknownOutcome),
                ("[cut-after]", .unknownOutcome),
            ] {
                let mail = try server.mail("job/\(word)", subject: "x \(word)")
                let error = await #expect(throws: MailError.self) {
                    try await client.send(mail, mode: .draft, verify: true, deadline: Self.soon)
                }
                #expect(error?.code == code, "\(word): \(error?.message ?? "")")
            }
            let arrived = try await server.messages(MailServer.receiver, .purpose(.inbox))
            #expect(arrived.map(\.subject) == ["x [cut-after]"])
            // Marks stay where nobody knows, and nowhere else; they keep the mail from being sent again.
            let marks = try await server.messages(MailServer.sender, .purpose(.drafts))
            #expect(Set(marks.map(\.subject)) == ["x [cut-before]", "x [cut-after]"])
            let doubtful = try server.mail("job/[cut-after]", subject: "x")
            await #expect(throws: MailError.self) {
                try await client.send(doubtful, mode: .draft, verify: true, deadline: Self.soon)
            }
            await #expect(throws: MailError.self) {
                try await client.resolve(doubtful, mode: .draft, verify: true, deadline: Self.soon)
            }
            let fresh = try server.mail("job/never", subject: "x")
            #expect(try await client.resolve(fresh, mode: .draft, verify: true, deadline: Self.soon) == nil)
            #expect(try await server.messages(MailServer.receiver, .purpose(.inbox)).count == 1)
        }
    }

    @Test func `a mail that was cut while there was more of it to give was not sent, and is not in doubt`() async throws
    {
        try await MailServer.with { server in
            // More than buffers on the way take: nearly all of it is still here when the connection ends.
            let bytes = [UInt8](repeating: 7, count: 24 << 20)
            try Data(bytes).write(to: URL(filePath: server.directory + "/a"))
            let file = OutgoingAttachment(
                path: server.directory + "/a",
                name: "scan.bin",
                contentType: "application/octet-stream",
                bytes: bytes.count,
                sha256: SHA256.digest(of: bytes).hex
            )
            let receiver = "cut@kunde.example"
            var mail = try server.mail("job/1", files: [file])
            mail.to = [try MailAddress(receiver)]
            let error = await #expect(throws: MailError.self) {
                try await server.client().send(mail, mode: .draft, verify: true, deadline: Self.soon)
            }
            #expect(error?.code == .unavailable, "\(error?.message ?? "")")
            #expect(try await server.messages(receiver, .purpose(.inbox)).isEmpty)
            #expect(try await server.messages(MailServer.sender, .purpose(.drafts)).isEmpty)
        }
    }

    @Test func `sixteen mails at once go out, within the connections a mailbox may have`() async throws {
        try await MailServer.with { server in
            let client = server.client()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...16 {
                    let mail = try server.mail("job/\(number)", subject: "Rechnung \(number)")
                    group.addTask {
                        let sent = try await client.send(mail, mode: .draft, verify: true, deadline: Self.soon)
                        #expect(sent.proof == .inSentItems)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await server.messages(MailServer.sender, .purpose(.sent)).count == 16)
        }
    }

    @Test func `a refused receiver is named with the server's words, a folder that is not there too`() async throws {
        try await MailServer.with { server in
            let client = server.client()
            var mail = try server.mail("job/refused")
            mail.cc = [try MailAddress("nobody@kunde.example")]
            let refusal = await #expect(throws: MailError.self) {
                try await client.send(mail, mode: .draft, verify: true, deadline: Self.soon)
            }
            #expect(refusal?.code == .rejected)
            #expect(refusal?.message.contains("for nobody@kunde.example") == true, "\(refusal?.message ?? "")")
            #expect(refusal?.message.contains("550 5.1.1 No such user here") == true)
            for id in ["1@../../etc", "1@Nirgends", "1@.."] {
                let error = await #expect(throws: MailError.self) {
                    try await client.message(id, in: MailServer.receiver, deadline: Self.soon)
                }
                #expect(error?.code == .notFound, "\(id): \(error?.message ?? "")")
                #expect(error?.message.contains(String(id.dropFirst(2))) == true)
                #expect(error?.message.contains("Logout") == false, "\(error?.message ?? "")")
            }
        }
    }

    @Test func `log-in by token works, a wrong one and a wrong password are settings to correct`() async throws {
        try await MailServer.with { server in
            let bearer = server.client(hasStore: false, proof: .bearer(user: MailServer.sender, token: "good-token"))
            let sent = try await bearer.send(try server.mail("t"), mode: .draft, verify: true, deadline: Self.soon)
            #expect(sent.proof == .accepted)
            #expect(sent.mode == .direct)
            for proof in [
                MailTransferRequest.Proof.bearer(user: MailServer.sender, token: "bad"),
                .password(user: MailServer.sender, password: "wrong-one"),
            ] {
                let client = server.client(hasStore: false, proof: proof)
                let error = await #expect(throws: MailError.self) {
                    try await client.send(try server.mail("u"), mode: .draft, verify: true, deadline: Self.soon)
                }
                #expect(error?.code == .configuration, "\(error?.message ?? "")")
                #expect(error?.message.contains("wrong-one") == false)
            }
        }
    }

    @Test func `a server whose certificate nobody vouches for gets no password`() async throws {
        try await MailServer.with { server in
            var settings = InternetMailSettings(submissionURL: "smtp://127.0.0.1:\(server.smtpPort)")
            settings.storeURL = "imap://127.0.0.1:\(server.imapPort)"
            let client = InternetMailClient(
                settings,
                transport: server.transport,
                environment: .on(server.loop) { .password(user: $0, password: "geheim") }
            )
            let error = await #expect(throws: MailError.self) {
                try await client.send(try server.mail("v"), mode: .draft, verify: true, deadline: Self.soon)
            }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("certificate") == true)
        }
    }
}
