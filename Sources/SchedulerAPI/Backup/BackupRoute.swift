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
        statuses: [201],
        body: make
    )

    private static func make(_ call: APICall) async throws -> HTTPResponse {
        guard call.caller.tenant == .default else {
            throw SchedulerError(.forbidden, "Only a key of the tenant '\(TenantID.default)' can make a backup")
        }
        guard let backup = call.server.settings.backup else {
            throw Problem(status: 503, code: "unavailable", detail: "This server makes no backups")
        }
        let (directory, content) = try await backup()
        call.logger.info("A backup was made", ["directory": directory])
        let json: JSONObject = [
            "directory": .string(directory), "files": JSONValue(content.files), "missing": JSONValue(content.missing),
        ]
        return call.answer(json, status: 201)
    }
}
