import Cryptography
import EventLoops
import FixtureServer
import FoundationEssentials
import HTTPClient
import JSON
import MailModel
import TestSupport

@testable import MicrosoftGraph

/// A client in front of a fixture, on virtual time.
struct GraphBench: Sendable {
    static let mailbox = "buero@kanzlei.example"
    static let receiver = "anna@kunde.example"

    let graph: GraphFixture
    let client: MailClient
    let time: VirtualTime
    let directory: String

    /// A deadline nothing reaches.
    var deadline: ContinuousClock.Instant { time.now + .seconds(3600) }

    /// Runs a test against a fresh service.
    static func run<R>(
        secret: String? = nil,
        configure: (inout GraphSettings) -> Void = { _ in },
        _ body: (GraphBench) async throws -> R
    ) async throws -> R {
        let loop = EventLoop(name: "graph-test")
        let time = VirtualTime()
        let application = FixtureApplication()
        let graph = GraphFixture(application, on: loop, now: { time.milliseconds })
        var settings = GraphSettings(
            tenant: application.tenant,
            clientID: application.clientID,
            credential: .secret(secret ?? application.clientSecret),
            loginURL: "http://graph.test",
            graphURL: "http://graph.test/v1.0"
        )
        configure(&settings)
        let environment = GraphEnvironment(
            now: { time.now },
            unixTime: { time.milliseconds / 1000 },
            sleep: { try await time.sleep($0) },
            readFile: { Array(try Data(contentsOf: URL(filePath: $0))) }
        )
        let client = MailClient(settings, transport: FixtureTransport(graph: graph), environment: environment)
        let result = try await withTemporaryDirectory { directory in
            try await body(GraphBench(graph: graph, client: client, time: time, directory: directory))
        }
        await loop.shutdown()
        return result
    }

    /// A mail with files of these lengths.
    func mail(key: String = "job-1/send/0", files: [Int] = []) throws -> OutgoingMail {
        let attachments = try files.enumerated().map { index, length in
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
            let path = "\(directory)/file-\(index).pdf"
            try Data(bytes).write(to: URL(filePath: path))
            return OutgoingAttachment(
                path: path,
                name: "Rechnung-\(index)-für-X.pdf",
                contentType: "application/pdf",
                bytes: length,
                sha256: SHA256.digest(of: bytes).hex
            )
        }
        return OutgoingMail(
            key: key,
            mailbox: Self.mailbox,
            to: [try MailAddress("Anna Muster <\(Self.receiver)>")],
            subject: "Rechnung 2026-0114",
            body: "Guten Tag",
            attachments: attachments
        )
    }

    /// What lies in Sent Items.
    func sent() async -> [JSONObject] { await graph.messages(of: Self.mailbox, in: "sentitems") }
    /// What lies in Drafts.
    func drafts() async -> [JSONObject] { await graph.messages(of: Self.mailbox, in: "drafts") }
}
