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
        problems: [507],
        body: make
    )

    private static func make(_ call: APICall) async throws -> HTTPResponse {
        try call.keepToTheHouse("make a backup")
        guard let backup = call.server.settings.backup else {
            throw Problem(status: 503, code: "unavailable", detail: "This server makes no backups")
        }
        try await call.scheduler.checkRoom()
        let (directory, content) = try await backup()
        call.logger.info("A backup was made", ["directory": directory])
        let json: JSONObject = [
            "directory": .string(directory), "files": JSONValue(content.files), "missing": JSONValue(content.missing),
        ]
        return call.answer(json, status: 201)
    }
}
