import JSON
import JobScheduler
import SchedulerAPI
import Storage
import Testing

struct BackupRouteTests {
    @Test func `a second backup of the same moment is told so, and that it may come back`() async throws {
        try await Stage.with({
            $0.backup = { throw StorageError(.conflict, "'backups/x' is there already") }
        }) { stage in
            let answer = try await stage.call("POST", "/backup")
            #expect(answer.status == 409 && answer.json["code"] == "conflict" && answer.json["retryable"] == true)
            #expect(answer.field("Retry-After") == "1")
        }
    }

    @Test func `on a full disk no backup is begun`() async throws {
        var environment = SchedulerEnvironment.live
        environment.hasRoom = { false }
        try await Stage.with(
            {
                $0.backup = {
                    Issue.record("A backup was begun")
                    throw CancellationError()
                }
            },
            environment: environment
        ) { stage in
            let answer = try await stage.call("POST", "/backup")
            #expect(answer.status == 507)
            #expect(answer.json["code"] == "storage_full")
        }
    }
}
