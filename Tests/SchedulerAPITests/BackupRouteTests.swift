import JSON
import JobScheduler
import SchedulerAPI
import Testing

struct BackupRouteTests {
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
