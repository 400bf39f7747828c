import Cryptography
import HTTPClient
import JSON
package import MailModel

extension MailClient {
    private static let folderMembers = "id,displayName,totalItemCount,unreadItemCount,childFolderCount"

    package func folders(
        of mailbox: String,
        below folder: FolderReference?,
        deadline: ContinuousClock.Instant
    ) async throws -> [MailFolder] {
        var place = "/users/\(PercentCoding.encode(mailbox))/mailFolders"
        if let folder { place = try await path(of: folder, in: mailbox, deadline: deadline) + "/childFolders" }
        return try await folders(at: place, mailbox, deadline)
    }

    /// The path of a folder; one that is named by its way is looked for from the top, and then as an id.
    func path(
        of folder: FolderReference,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> String {
        let top = "/users/\(PercentCoding.encode(mailbox))/mailFolders"
        switch folder {
        case .purpose(let purpose): return "\(top)/\(purpose.rawValue)"
        case .id(let id): return "\(top)/\(PercentCoding.encode(id))"
        case .path(let names):
            do {
                return try await path(along: names, below: top, in: mailbox, deadline)
            } catch let error as MailError where error.code == .notFound {
                guard let id = folder.possibleID else { throw error }
                let path = "\(top)/\(PercentCoding.encode(id))"
                guard try await isFolder(path, in: mailbox, deadline) else { throw error }
                return path
            }
        }
    }

    private func isFolder(_ path: String, in mailbox: String, _ deadline: ContinuousClock.Instant) async throws -> Bool
    {
        do {
            _ = try await read(.get(path + "?$select=id"), mailbox, asText: true, deadline)
            return true
        } catch let error as MailError where error.code == .notFound {
            return false
        }
    }

    private func path(
        along names: [String],
        below top: String,
        in mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> String {
        var place = top
        for (depth, name) in names.enumerated() {
            let there = try await folders(at: place, mailbox, deadline)
            guard let found = there.first(where: { $0.name.lowercased() == name.lowercased() }) else {
                let region = depth == 0 ? "at the top" : "in '\(names[..<depth].joined(separator: "/"))'"
                throw MailError(
                    .notFound,
                    "There is no folder '\(name)' \(region) of \(mailbox); there are "
                        + there.prefix(30).map { "'\($0.name)'" }.joined(separator: ", ") + "."
                )
            }
            let path = "\(top)/\(PercentCoding.encode(found.id))"
            if depth == names.count - 1 { return path }
            place = path + "/childFolders"
        }
        throw MailError(.invalidInput, "A folder's name is empty.")
    }

    /// The id behind a reference, as `parentFolderId` shows it.
    func id(
        of folder: FolderReference,
        in mailbox: String,
        deadline: ContinuousClock.Instant
    ) async throws -> String {
        if case .id(let id) = folder { return id }
        let path = try await path(of: folder, in: mailbox, deadline: deadline)
        let response = try await read(.get(path + "?$select=id"), mailbox, asText: true, deadline)
        guard let id = try Self.object(response, "the folder")["id"]?.string else {
            throw MailError(.malformedAnswer, "The answer about a folder lacks its id.")
        }
        return id
    }

    private func folders(
        at place: String,
        _ mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> [MailFolder] {
        let path = URLText.path(place, [("$top", "100"), ("$select", Self.folderMembers)])
        return try await elements(of: path, "folders", in: mailbox, deadline, operation: "read mail of \(mailbox)")
            .compactMap(MailFolder.init)
    }
}

extension MailFolder {
    /// Reads a mailFolder resource; nil when it has no id.
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string else { return nil }
        self.init(
            id: id,
            name: json["displayName"]?.string ?? "",
            total: json["totalItemCount"]?.lenientInt ?? 0,
            unread: json["unreadItemCount"]?.lenientInt ?? 0,
            children: json["childFolderCount"]?.lenientInt ?? 0
        )
    }
}
