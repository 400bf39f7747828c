import Executors
import FixtureServer
import FoundationEssentials
import JSON
import JobModel
import Testing

/// The shipped scenario, task by task, through the real executors: Chromium, files, mail over sockets.
@Suite(.sharedPortal) struct PortalToMailTests {
    private static func scenario() throws -> Scenario {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "scenarios/portal-to-mail.yaml")
        return try Scenario(parsing: Array(try Data(contentsOf: path)), file: "portal-to-mail.yaml")
    }

    @Test func `the newest invoice of the customer ends in Sent Items, byte for byte`() async throws {
        let scenario = try Self.scenario()
        let contexts = try #require(SharedPortal.current).pool
        try await MailJob.run { job in
            var runner = Runner(scenario, portal: job.fixtures.portalURL)
            let context = JobContext(
                job: JobID("job"),
                tenant: .default,
                browserOptions: scenario.browser,
                workspace: job.workspace
            )
            let registry = ExecutorRegistry([BrowserExecutor(contexts: contexts), FileExecutor(), job.executor])
            let result: Result<JSONObject, any Error>
            do {
                result = .success(try await runner.run(registry, context))
            } catch {
                result = .failure(error)
            }
            await runner.close()
            let outputs = try result.get()

            let invoice = try #require(outputs["invoice"]?.string)
            #expect(invoice == "2026-0114")
            #expect(outputs["proof"] == "in_sent_items")
            let copy = try #require(await job.sent().first)
            #expect(await job.sent().count == 1)
            #expect(copy["subject"] == "Rechnung 2026-0114 vom 28.10.2026")
            #expect(copy["attachments"]?[0]?["sha256"] == outputs["sha256"])
            #expect(copy["attachments"]?[0]?["name"] == "Rechnung_2026-0114_für_Firma_X_GmbH.pdf")
            #expect(copy["body"]?.string?.contains("3.248,70 €") == true)
        }
    }

    /// Tasks one after the other, templates filled in; the order and retries of real runs belong to the worker.
    private struct Runner {
        private let scenario: Scenario
        private var context: TemplateContext
        private var sessions: [String: any ExecutorSession] = [:]

        init(_ scenario: Scenario, portal: String) {
            self.scenario = scenario
            context = TemplateContext(
                variables: scenario.variables.merging(["portal_url": .string(portal)]),
                secret: { $0 == "portal_password" ? PortalConfiguration().password : nil },
                now: { 0 }
            )
        }

        mutating func run(_ registry: ExecutorRegistry, _ job: JobContext) async throws -> JSONObject {
            for task in scenario.tasks {
                let executor = try registry.executor(for: task)
                let session: any ExecutorSession
                if let open = sessions[executor.name] {
                    session = open
                } else {
                    session = try await executor.openSession(for: job)
                    sessions[executor.name] = session
                }
                let key = JournalKey(job: job.job, step: task.id)
                let outcome: StepOutcome
                do {
                    outcome = try await session.execute(
                        Step(key: key, task: try resolved(task), deadline: .now + .seconds(30))
                    )
                } catch let failure as StepFailure {
                    Issue.record("Task \(task.id): \(failure.message) \(failure.callLog)")
                    throw failure
                }
                context.tasks[task.id.rawValue] = outcome.outputs
            }
            var resolver = TemplateResolver(context)
            return try resolver.resolve(scenario.outputs)
        }

        private func resolved(_ task: ToDo) throws -> ToDo {
            var resolver = TemplateResolver(context)
            var task = task
            if let selector = task.selector { task.selector = try resolver.resolve(selector: selector) }
            if let text = task.text { task.text = try resolver.resolve(.string(text)).string }
            task.fields = try resolver.resolve(task.fields)
            return task
        }

        func close() async {
            for session in sessions.values { await session.close() }
        }
    }
}
