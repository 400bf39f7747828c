import HTTPClient
import JSON
import MailModel

extension MailClient {
    /// Pages of one list; what is longer fails, because whoever asked would take what is missing for what is not there.
    private static let mostPages = 200

    /// Every element of a list, through all of its pages.
    ///
    /// A page may be empty and still have a next one, so only the last page says that there is nothing
    /// (Microsoft Graph, "Paging").
    /// - Throws: `MailError`, also when the answer is not 200.
    func elements(
        of first: String,
        _ what: String,
        in mailbox: String,
        _ deadline: ContinuousClock.Instant,
        operation: String
    ) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        var next: String? = first
        for _ in 0..<Self.mostPages {
            guard let path = next else { return found }
            let response = try await connection.perform(
                .get(path),
                mailbox: mailbox,
                deadline: deadline,
                operation: operation
            )
            guard response.status == 200 else { throw MailError(response, during: operation) }
            found += try Self.values(response, what)
            next = try self.next(Self.object(response, what))
        }
        guard next == nil else {
            throw MailError(
                .malformedAnswer,
                "Cannot \(operation): the list of \(what) does not end after \(Self.mostPages) pages."
            )
        }
        return found
    }

    /// The path of the next page; the link is opaque, but must lead to where the first came from.
    func next(_ json: JSONValue, _ member: String = "@odata.nextLink") throws -> String? {
        guard let link = json[member]?.string else { return nil }
        guard link.hasPrefix(settings.graphURL + "/") else {
            throw MailError(.malformedAnswer, "The next page lies outside of \(settings.graphURL): \(link)")
        }
        return String(link.dropFirst(settings.graphURL.count))
    }
}
