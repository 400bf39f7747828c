import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage
import Telemetry

/// `POST /backup`: the server copies its own data, since nobody else may open it.
enum BackupRoute {
    static let route = APIRoute(
        "POST",
        "/backup",
        "Copies database and files beside the data, and says where",
        .needs(.admin, .system),
        answers: [.json(201, .object(["directory": .text, "files": .count, "missing": .count]), "It is made")],
        problems: [409, 507],
        body: make
    )

    private static func make(_ call: APICall) async throws -> HTTPResponse {
        try call.keepToTheHouse("make a backup")
        guard let backup = call.server.settings.backup else {
            throw Problem(status: 503, code: "unavailable", detail: "This server makes no backups")
        }
        try await call.scheduler.checkRoom(isTrying: true)
        let (directory, content) = try await made(by: backup, call)
        call.logger.info("A backup was made", ["directory": directory])
        let deed = Backup.deed(content, in: directory)
        try await call.scheduler.record(deed.action, deed.detail, by: call.caller)
        let json: JSONObject = [
            "directory": .string(directory), "files": JSONValue(content.files), "missing": JSONValue(content.missing),
        ]
        return call.answer(json, status: 201)
    }

    /// Makes it; that it could not be made is on record, too.
    private static func made(
        by backup: @Sendable () async throws -> (directory: String, content: Backup.Content),
        _ call: APICall
    ) async throws -> (directory: String, content: Backup.Content) {
        do {
            return try await backup()
        } catch let error as StorageError {
            let deed = Backup.deed(error)
            // The disk may be full: then why there is no backup matters more than that it is not on record.
            try? await call.scheduler.record(deed.action, deed.detail, by: call.caller)
            if let problem = problem(of: error) { throw problem }
            throw error
        }
    }

    private static func problem(of error: StorageError) -> Problem? {
        switch error.code {
        case .conflict:
            return Problem(
                status: 409,
                code: "conflict",
                detail: "Another backup was begun in the same moment: take that one, or come back (\(error.message))",
                retryAfter: 1
            )
        case .storageFull:
            return Problem(status: 507, code: "storage_full", detail: error.message, reason: .storageFull)
        default: return nil
        }
    }
}
