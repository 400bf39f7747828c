import EventLoops
import FoundationEssentials
import HTTPClient
import MailModel
import TestSupport

@testable import InternetMail

/// Debian's Dovecot and aiosmtpd for one suite, by tools/mail-server.
struct MailServer: Sendable {
    static let sender = "buero@kanzlei.example"
    static let receiver = "anna@kunde.example"
    static let tool = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "tools/mail-server").path

    let directory: String
    let smtpPort: String
    let imapPort: String
    let loop: EventLoop
    let transport: CurlTransport

    static func with(_ body: (MailServer) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let loop = EventLoop(name: "mail-server")
            let (lines, continuation) = AsyncStream.makeStream(of: String.self)
            let process = try await ChildProcess.start(
                on: loop,
                ChildProcessConfiguration(
                    executable: "/bin/sh",
                    // Its standard input is a pipe of ours: it ends with us, however that happens.
                    arguments: ["-c", #"exec "$0" "$1" <&3 3<&-"#, tool, directory],
                    environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"],
                    workingDirectory: directory,
                    extraPipes: [.childReads]
                ),
                output: .init(line: { continuation.yield($0) })
            )
            // Not structured: ends with the process, and with it the lines.
            Task {
                _ = await process.waitForExit()
                continuation.finish()
            }
            var said: [String] = []
            var ports: [Substring]?
            for await line in lines {
                said.append(line)
                guard line.hasPrefix("READY ") else { continue }
                ports = line.split(separator: " ")
                break
            }
            guard let ports, ports.count == 3 else {
                preconditionFailure("The mail server did not start (tools/install brings it): \(said)")
            }
            let transport = CurlTransport(on: loop)
            let server = MailServer(
                directory: directory,
                smtpPort: String(ports[1]),
                imapPort: String(ports[2]),
                loop: loop,
                transport: transport
            )
            let result: Result<Void, any Error>
            do { result = .success(try await body(server)) } catch { result = .failure(error) }
            await transport.shutdown()
            await process.terminate(grace: .seconds(5))
            await loop.shutdown()
            try result.get()
        }
    }

    func client(
        hasStore: Bool = true,
        window: Duration = .seconds(1),
        proof: MailTransferRequest.Proof? = nil
    ) -> InternetMailClient {
        InternetMailClient(
            InternetMailSettings(
                submissionURL: "smtp://127.0.0.1:\(smtpPort)",
                storeURL: hasStore ? "imap://127.0.0.1:\(imapPort)" : nil,
                certificateAuthorities: directory + "/cert.pem",
                resolveWindow: window
            ),
            transport: transport,
            environment: .on(loop) { mailbox in proof ?? .password(user: mailbox, password: "geheim") }
        )
    }

    func mail(_ key: String, subject: String = "Rechnung für Müller", files: [OutgoingAttachment] = []) throws
        -> OutgoingMail
    {
        OutgoingMail(
            key: key,
            mailbox: Self.sender,
            to: [try MailAddress("Anna Muster <\(Self.receiver)>")],
            subject: subject,
            body: "Guten Tag,\nIhr Code: 123456\nhttps://portal.example/confirm?x=1\n",
            attachments: files
        )
    }

    /// Messages in a folder of a mailbox.
    func messages(_ mailbox: String, _ folder: FolderReference) async throws -> [ReceivedMail] {
        try await client().messages(
            in: mailbox,
            matching: MailQuery(folder: folder, limit: 100),
            deadline: .now + .seconds(20)
        ).mails
    }
}
