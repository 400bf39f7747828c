import EventLoops
import HTTPClient
import MailModel
import Synchronization
import Telemetry
import Testing

@testable import InternetMail

@Suite struct ConnectionLimitTests {
    private static let words = "NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded"

    /// A server with room for so many exchanges after it has refused so many log-ins.
    private final class BusyTransport: MailTransport {
        private let left: Mutex<Int>
        private let active = Mutex((now: 0, most: 0))
        var most: Int { active.withLock { $0.most } }

        init(refusals: Int) { left = Mutex(refusals) }

        func execute(_ request: MailTransferRequest) async throws -> MailTransferResponse {
            active.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            defer { active.withLock { $0.now -= 1 } }
            for _ in 0..<50 { await Task.yield() }
            let isRefused = left.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
            guard !isRefused else {
                throw MailTransferError(.loginDenied, words: words, message: "imap://x: Login denied; \(words)")
            }
            return MailTransferResponse(lines: Array("* LIST (\\Sent) \"/\" Sent\r\n".utf8))
        }
    }

    /// A clock that moves only when somebody sleeps on it.
    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(_ duration: Duration) { time.withLock { $0 += duration } }
    }

    private static func client(_ transport: BusyTransport) -> InternetMailClient {
        let time = Clock()
        return InternetMailClient(
            InternetMailSettings(submissionURL: "smtp://x", storeURL: "imap://x"),
            transport: transport,
            environment: InternetMailEnvironment(
                now: { time.now },
                sleep: { time.advance($0) },
                blocking: { try $0() },
                proof: { .password(user: $0, password: "p") },
                unixTime: { 0 },
                logger: .silent
            )
        )
    }

    @Test func `four exchanges at a time go to the store of a user`() async throws {
        let transport = BusyTransport(refusals: 0)
        let client = Self.client(transport)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask { _ = try await client.folders(of: "a@x.de", below: nil, deadline: .now + .seconds(9)) }
            }
            try await group.waitForAll()
        }
        #expect(transport.most == 4)
    }

    @Test func `a log-in refused for now is tried again`() async throws {
        let client = Self.client(BusyTransport(refusals: 3))
        let folders = try await client.folders(of: "a@x.de", below: nil, deadline: .now + .seconds(60))
        #expect(folders.map(\.name) == ["Sent"])
    }

    @Test func `a log-in refused until the end may be tried later, and the server's words are shown`() async throws {
        let client = Self.client(BusyTransport(refusals: 1_000))
        let error = await #expect(throws: MailError.self) {
            try await client.folders(of: "a@x.de", below: nil, deadline: .now + .seconds(3))
        }
        #expect(error?.code == .throttled)
        #expect(error?.message.contains(Self.words) == true)
    }

    @Test func `without a store the doubt speaks of no draft`() throws {
        let transport = BusyTransport(refusals: 0)
        var settings = InternetMailSettings(submissionURL: "smtp://x")
        let mail = OutgoingMail(key: "k", mailbox: "a@x.de", to: [try MailAddress("b@x.de")], subject: "s")
        let environment = Self.client(transport).environment
        let alone = InternetMailClient(settings, transport: transport, environment: environment)
        #expect(!alone.undecided(mail).message.contains("draft"))
        settings.storeURL = "imap://x"
        let both = InternetMailClient(settings, transport: transport, environment: environment)
        #expect(both.undecided(mail).message.contains("draft"))
    }

    @Test func `a wrong password stays a setting to correct, with the server's words`() {
        let refusal = MailTransferError(
            .loginDenied,
            words: "NO [AUTHENTICATIONFAILED] Authentication failed.",
            message: "imap://x: Login denied; the server said 'NO [AUTHENTICATIONFAILED] Authentication failed.'"
        )
        let error = MailError(refusal, during: "reading", "a@x.de")
        #expect(error.code == .configuration)
        #expect(error.message.contains("[AUTHENTICATIONFAILED]"))
    }
}
