import HTTPClient
import JSON
package import MailModel

extension MailClient {
    /// How often a move is asked for whose answer is lost each time.
    private static let moves = 3

    package func mark(
        _ id: String,
        isRead: Bool,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws {
        let operation = "mark \(Self.words(for: id, of: mailbox))"
        let response = try await connection.perform(
            // Twice is the same as once.
            .patch(Self.path(mailbox, id), ["isRead": .bool(isRead)], mayRepeat: true),
            mailbox: mailbox,
            deadline: deadline,
            operation: operation
        )
        guard response.status == 200 else { throw MailError(response, during: operation) }
        guard try Self.object(response, "the message")["isRead"]?.bool == isRead else {
            throw MailError(
                .malformedAnswer,
                "The service took the change of a mail of \(mailbox), but shows it unchanged."
            )
        }
    }

    package func move(
        _ id: String,
        to folder: FolderReference,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> String {
        let operation = "move \(Self.words(for: id, of: mailbox)) to \(folder)"
        let destination = try await self.id(of: folder, in: mailbox, deadline: deadline)
        var attempt = 0
        while true {
            attempt += 1
            do {
                let response = try await connection.perform(
                    .post("\(Self.path(mailbox, id))/move", ["DestinationId": .string(destination)], mayRepeat: false),
                    mailbox: mailbox,
                    deadline: deadline,
                    operation: operation
                )
                guard response.status == 201 else { throw MailError(response, during: operation) }
                return try Self.object(response, "the message")["id"]?.string ?? id
            } catch let error as MailError where error.code == .unknownOutcome {
                // The immutable id leads to it wherever it is now.
                guard let parent = try await parent(of: id, in: mailbox, deadline) else { throw error }
                if parent == destination { return id }
                var failure = error
                failure.code = .unavailable
                failure.message += " The mail still lies where it was."
                guard attempt < Self.moves else { throw failure }
                // A second move does no harm should the first one still be under way: it leads to the same place.
                try await connection.wait(.seconds(attempt), deadline, failure)
            }
        }
    }

    package func isMessage(
        _ id: String,
        in folder: FolderReference,
        of mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> Bool? {
        guard let parent = try await parent(of: id, in: mailbox, deadline) else { return nil }
        return parent == (try await self.id(of: folder, in: mailbox, deadline: deadline))
    }

    private func parent(
        of id: String,
        in mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> String? {
        do {
            let path = "\(Self.path(mailbox, id))?$select=id,parentFolderId"
            let response = try await read(.get(path), mailbox, asText: true, deadline)
            return try Self.object(response, "the message")["parentFolderId"]?.string
        } catch let error as MailError where error.code == .notFound {
            return nil
        }
    }
}
