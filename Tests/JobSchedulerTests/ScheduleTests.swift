import JSON
import JobModel
import Security
import Storage
import Telemetry
import TestSupport
import Testing

@testable import JobScheduler

/// The stage's clock begins at 1970-01-01T00:16:40Z.
@Suite struct ScheduleTests {
    private static let scenario: JSONObject = ["name": "report", "tasks": [["action": "goto", "url": "https://x/"]]]

    private func schedule(
        _ stage: Stage,
        _ overlap: ScheduleRecord.Overlap = .skip,
        cron: String = "*/10 * * * *"
    ) async throws -> ScheduleRecord {
        var order = ScheduleOrder(name: "s", cron: cron, scenario: Self.scenario)
        order.overlap = overlap
        return try await stage.scheduler.schedule(order, as: Stage.cli)
    }

    /// Lets time pass, then looks at schedules and feeds the index.
    private func pass(_ seconds: Int64, _ stage: Stage) async throws -> [JobRecord] {
        stage.time.advance(seconds: seconds)
        try await stage.scheduler.schedules.pass()
        try await stage.relay()
        return try await stage.scheduler.jobs(JobQuery(tenant: .default), for: Stage.cli)
    }

    @Test func `a job comes with every turn, once, also after a restart`() async throws {
        try await Stage.with { stage in
            let schedule = try await schedule(stage)
            #expect(schedule.next == 1_200_000)
            #expect(try await pass(199, stage).isEmpty)
            #expect(try await pass(1, stage).count == 1)
            #expect(try await pass(0, stage).count == 1)
            try await stage.start().send(.done)
            let second = try await stage.restarted()
            #expect(try await pass(600, second).count == 2)
            let now = try await second.scheduler.schedule(schedule.id, for: Stage.cli)
            #expect(now.next == 2_400_000 && now.last == 1_800_000 && now.problem == nil)
            let job = try await second.job(try #require(now.job))
            #expect(job.name == "report" && job.principal == "schedule/\(schedule.id)")
            await second.store.close()
        }
    }

    @Test func `a tenant has a name once, and another tenant may have it too`() async throws {
        try await Stage.with { stage in
            let first = try await schedule(stage)
            let error = await #expect(throws: SchedulerError.self) { try await schedule(stage) }
            #expect(error?.code == .conflict && error?.message.contains(first.id) == true)
            let order = ScheduleOrder(name: "s", cron: "@daily", scenario: Self.scenario)
            _ = try await stage.scheduler.schedule(order, as: Principal(id: "x", tenant: TenantID("x")))
            #expect(try await stage.store.read { try $0.scheduleCount(of: .default) } == 1)
        }
    }

    @Test func `turns nobody saw count as one`() async throws {
        try await Stage.with { stage in
            let schedule = try await schedule(stage)
            #expect(try await pass(86_400, stage).count == 1)
            let next = try #require(try await stage.scheduler.schedule(schedule.id, for: Stage.cli).next)
            #expect(next > stage.time.now && next - stage.time.now <= 600_000)
        }
    }

    @Test func `while the earlier job has not ended a turn is left out`() async throws {
        try await Stage.with { stage in
            let schedule = try await schedule(stage, .skip)
            let first = try await pass(200, stage)[0]
            #expect(try await pass(600, stage).count == 1)
            let problem = try await stage.scheduler.schedule(schedule.id, for: Stage.cli).problem
            #expect(problem?.contains(first.id.rawValue) == true)
            try await stage.start().send(.done)
            #expect(try await pass(600, stage).count == 2)
        }
    }

    @Test func `or waits until it has, and of several only one`() async throws {
        try await Stage.with { stage in
            _ = try await schedule(stage, .queue)
            _ = try await pass(200, stage)
            #expect(try await pass(600, stage).count == 1)
            #expect(try await pass(600, stage).count == 1)
            try await stage.start().send(.done)
            #expect(try await pass(1, stage).count == 2)
            #expect(try await pass(1, stage).count == 2)
        }
    }

    @Test func `or cancels it`() async throws {
        try await Stage.with { stage in
            _ = try await schedule(stage, .cancel)
            let first = try await pass(200, stage)[0]
            let jobs = try await pass(600, stage)
            #expect(jobs.count == 2)
            #expect(try await stage.job(first.id).state == .cancelled)
        }
    }

    /// The runner of the stage, with a log.
    private func runner(_ stage: Stage, _ log: MemoryLogSink) -> ScheduleRunner {
        ScheduleRunner(
            writer: stage.scheduler.writer,
            configuration: stage.scheduler.configuration,
            directory: stage.scheduler.directory,
            logger: Logger(sink: log)
        )
    }

    private func leftOut(_ stage: Stage) async throws -> [AuditRecord] {
        let records = try await stage.scheduler.audit(after: 0, limit: 99, for: Stage.cli)
        return records.filter { $0.action == "schedule.left_out" }
    }

    @Test func `what only an agent does has turns while there is one, then the reason is on record`() async throws {
        try await Stage.with { stage in
            let registration = AgentRegistration(name: "desk", capabilities: ["uia"])
            let key = APIKeyRecord(id: "k", tenant: .default, name: "x", hash: [], created: 0, role: "operator")
            _ = try await stage.scheduler.register(registration, key: key, as: Stage.cli)
            let scenario: JSONObject = ["name": "s", "tasks": [["action": "uia", "text": "x"]]]
            var order = ScheduleOrder(name: "s", cron: "*/10 * * * *", scenario: scenario)
            order.overlap = .cancel
            let schedule = try await stage.scheduler.schedule(order, as: Stage.cli)
            #expect(try await pass(200, stage).count == 1)
            #expect(try await leftOut(stage).isEmpty)
            try await stage.scheduler.deleteAgent("desk", as: Stage.cli)
            stage.time.advance(seconds: 600)
            let log = MemoryLogSink()
            try await runner(stage, log).pass()
            let problem = try await stage.scheduler.schedule(schedule.id, for: Stage.cli).problem
            #expect(problem?.contains("no worker offers 'uia': an agent with the capability 'uia' has to be") == true)
            let record = try #require(try await leftOut(stage).first)
            #expect(record.actor == "schedule/\(schedule.id)" && record.detail.contains("no worker offers 'uia'"))
            #expect(log.lines.map(\.level) == [.warning])
            #expect(log.text.contains(schedule.id) && log.text.contains("no worker offers 'uia'"))
        }
    }

    @Test func `without its time zone a schedule has no turn, and says so once`() async throws {
        try await Stage.with { stage in
            var schedule = try await schedule(stage)
            schedule.timezone = "Mars/Olympus"
            try await stage.store.write { [schedule] in try $0.save(schedule) }
            let log = MemoryLogSink()
            for seconds: Int64 in [200, 60, 60] {
                stage.time.advance(seconds: seconds)
                try await runner(stage, log).pass()
            }
            let now = try await stage.scheduler.schedule(schedule.id, for: Stage.cli)
            #expect(now.problem?.contains("'Mars/Olympus'") == true && now.last == nil && now.job == nil)
            #expect(try await leftOut(stage).count == 1)
            #expect(log.lines.map(\.level) == [.warning])
            schedule.timezone = "Europe/Berlin"
            try await stage.store.write { [schedule] in try $0.save(schedule) }
            #expect(try await pass(0, stage).count == 1)
        }
    }

    @Test func `a deadline before the first turn is refused by its name`() async throws {
        try await Stage.with { stage in
            func order(_ deadline: String) -> ScheduleOrder {
                var order = ScheduleOrder(name: "s", cron: "*/10 * * * *", scenario: Self.scenario)
                order.scenario["deadline"] = .string(deadline)
                return order
            }
            // The first turn is at 00:20:00.
            let error = await #expect(throws: SchedulerError.self) {
                try await stage.scheduler.schedule(order("1970-01-01T00:20:00Z"), as: Stage.cli)
            }
            #expect(error?.code == .invalidInput)
            #expect(error?.problems.map(\.pointer) == ["/deadline"])
            _ = try await stage.scheduler.schedule(order("1970-01-01T00:20:01Z"), as: Stage.cli)
        }
    }

    @Test func `on a full disk a turn stays due, and is taken when there is room`() async throws {
        try await Stage.with { stage in
            let schedule = try await schedule(stage)
            stage.time.advance(seconds: 200)
            let writer = stage.scheduler.writer
            var environment = writer.environment
            environment.hasRoom = { false }
            let runner = ScheduleRunner(
                writer: JobWriter(store: writer.store, announcer: writer.announcer, environment: environment),
                configuration: stage.scheduler.configuration,
                directory: stage.scheduler.directory,
                logger: .silent
            )
            try await runner.pass()
            #expect(try await stage.scheduler.schedule(schedule.id, for: Stage.cli) == schedule)
            #expect(try await pass(0, stage).count == 1)
        }
    }

    @Test func `what cannot be kept is refused, and nothing is stored`() async throws {
        try await Stage.with { stage in
            var orders = Array(repeating: ScheduleOrder(name: "s", cron: "@daily", scenario: Self.scenario), count: 4)
            orders[0].cron = "61 * * * *"
            orders[1].timezone = "Mars/Olympus"
            orders[2].name = ""
            orders[3].scenario = ["tasks": [["action": "klick"]]]
            for order in orders {
                await #expect { try await stage.scheduler.schedule(order, as: Stage.cli) } throws: {
                    ($0 as? SchedulerError)?.code == .invalidInput
                }
            }
            let stored = try await stage.scheduler.schedules(for: Stage.cli)
            #expect(stored.isEmpty)
        }
    }

    @Test func `a name is taken once, another tenant's schedule is not there, a deleted one has no turns`() async throws
    {
        try await Stage.with { stage in
            let kept = try await schedule(stage)
            await #expect { try await schedule(stage) } throws: { ($0 as? SchedulerError)?.code == .conflict }
            let stranger = Principal(id: "x", tenant: TenantID("x"))
            await #expect { try await stage.scheduler.deleteSchedule(kept.id, as: stranger) } throws: {
                ($0 as? SchedulerError)?.code == .notFound
            }
            try await stage.scheduler.deleteSchedule(kept.id, as: Stage.cli)
            let jobs = try await pass(1_000, stage)
            #expect(jobs.isEmpty)
            let audit = try await stage.scheduler.audit(after: 0, limit: 9, for: Stage.cli).map(\.action)
            #expect(audit == ["schedule.created", "schedule.deleted"])
        }
    }
}
