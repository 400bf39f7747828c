import MailModel
import Synchronization

/// Looks at a folder by searches: each look gets the messages with higher uids than the one before.
final class FolderWatch: MailWatch {
    /// Messages fetched at a look; the rest comes with the next.
    private static let most = 50

    private let client: InternetMailClient
    private let mailbox: String
    private let folder: String
    private let since: String
    private let last = Mutex<UInt32>(0)

    init(_ client: InternetMailClient, mailbox: String, folder: String, since: String) {
        self.client = client
        self.mailbox = mailbox
        self.folder = folder
        self.since = since
    }

    func poll(deadline: ContinuousClock.Instant) async throws -> [ReceivedMail] {
        let store = client.store(mailbox, deadline)
        let seen = last.withLock { $0 }
        var criteria = try InternetMailClient.criteria(MailQuery(since: since))
        if seen > 0 { criteria = "UID \(seen + 1):* \(criteria)" }
        // `n:*` names the last message even when its uid is lower.
        let uids = Array(try await store.search(criteria, in: folder).filter { $0 > seen }.prefix(Self.most))
        let messages = try await store.fetch(uids, "FLAGS INTERNALDATE BODY.PEEK[]", in: folder)
        if let highest = uids.last { last.withLock { $0 = highest } }
        return messages.values.map { $0.mail(in: folder) }.filter { $0.received >= String(since.prefix(19)) }
    }
}
