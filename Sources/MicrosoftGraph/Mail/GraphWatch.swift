import HTTPClient
import JSON
package import MailModel
import Synchronization

/// Looks at a folder by delta queries: each look gets what has changed since the one before.
///
/// Source: Microsoft Graph, message: delta. A state the service has forgotten (410) begins anew.
final class GraphWatch: MailWatch {
    /// Pages of one look; the rest comes with the next.
    private static let pages = 20

    private let client: MailClient
    private let mailbox: String
    private let first: String
    /// Where the next look goes on; nil for the beginning.
    private let link = Mutex<String?>(nil)

    init(_ client: MailClient, mailbox: String, folder: String, since: String) {
        self.client = client
        self.mailbox = mailbox
        first = URLText.path(
            folder + "/messages/delta",
            [("$filter", "receivedDateTime ge \(since)"), ("$select", MailClient.members)]
        )
    }

    func poll(deadline: ContinuousClock.Instant) async throws -> [ReceivedMail] {
        var found: [ReceivedMail] = []
        var path = link.withLock { $0 } ?? first
        for _ in 0..<Self.pages {
            let json: JSONValue
            do {
                json = try await page(path, deadline)
            } catch let error as MailError where error.status == 410 && path != first {
                path = first
                continue
            } catch is MailError where !found.isEmpty {
                // The pages before it do not come again; what is wrong shows at the next look.
                return found
            }
            // What was deleted or moved away comes as an id alone.
            for value in json["value"]?.array ?? [] where value["@removed"] == nil {
                if let mail = ReceivedMail(value) { found.append(mail) }
            }
            if let next = try client.next(json) {
                path = next
                link.withLock { $0 = next }
                continue
            }
            guard let delta = try client.next(json, "@odata.deltaLink") else {
                throw MailError(.malformedAnswer, "A page of changes in \(mailbox) has neither a next page nor an end.")
            }
            link.withLock { $0 = delta }
            break
        }
        return found
    }

    private func page(_ path: String, _ deadline: ContinuousClock.Instant) async throws -> JSONValue {
        var request = GraphRequest.get(path)
        request.pageSize = MailClient.page
        let response = try await client.read(request, mailbox, asText: true, deadline)
        _ = try MailClient.values(response, "changes")
        return try MailClient.object(response, "changes")
    }
}

extension MailClient {
    package func watch(
        _ folder: FolderReference,
        of mailbox: String,
        since: String
    ) async throws -> any MailWatch {
        // A folder named by its way is looked for once, within the time of an ordinary request.
        let deadline = environment.now() + .seconds(60)
        let path = try await path(of: folder, in: mailbox, deadline: deadline)
        return GraphWatch(self, mailbox: mailbox, folder: path, since: since)
    }

    package func pause(_ duration: Duration) async throws { try await environment.sleep(duration) }
}
