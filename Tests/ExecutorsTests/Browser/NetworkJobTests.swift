import BrowserAutomation
import Executors
import FoundationEssentials
import JSON
import JobModel
import TestSupport
import Testing

@Suite(.sharedPortal, .timeLimit(.minutes(2)), .retried) struct NetworkJobTests {
    private func json(_ name: String, of job: BrowserJob) async throws -> JSONValue {
        let path = try await job.workspace.path(of: name)
        return try JSONValue(parsing: [UInt8](try #require(FileManager.default.contents(atPath: path))))
    }

    @Test func `browser.har keeps everything to the end, without credentials and secrets`() async throws {
        try await withBrowserJob(options: ["har": "all", "headers": ["Authorization": "Basic x"]]) { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/login?token=geheim")])
            let artifacts = await job.session.finish(hasFailed: false)
            #expect(artifacts.map(\.name).contains("all.har"))
            let document = try await json("all.har", of: job)
            let entry = document["log"]?["entries"]?.array?.first { $0["_resourceType"] == "document" }
            #expect(entry?["response"]?["status"] == 200)
            #expect(entry?["request"]?["url"]?.string == "\(job.portal)/login?token=•••")
            let text = document.text()
            #expect(!text.contains("Basic x"))
            #expect(!text.contains("geheim"))
            #expect(text.contains("[secret]"))
        }
    }

    @Test func `a job starts logged in with what another kept`() async throws {
        try await withBrowserJob(allowsScripts: true) { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/login")])
            let script = "() => { document.cookie = 'seen=1; max-age=600'; localStorage.setItem('who', 'Anna') }"
            try await job.run(.evaluate, with: ["script": .string(script)])
            try await job.run(.storageState, with: ["name": "login"])
            let pool = try #require(SharedPortal.current).pool
            let context = JobContext(
                job: JobID("second"),
                tenant: .default,
                browserOptions: ["storage_state": "login.json"],
                workspace: job.workspace
            )
            let session = try await BrowserExecutor(contexts: pool, allowsScripts: true).openSession(for: context)
            let second = BrowserJob(session: session, workspace: job.workspace, portal: job.portal)
            try await second.run(.goto, with: ["url": .string("\(job.portal)/login")])
            let look = "() => [document.cookie.includes('seen=1'), localStorage.getItem('who')]"
            let found = try await second.run(.evaluate, with: ["script": .string(look)]).outputs["value"]
            await session.close()
            #expect(found == [true, "Anna"])
        }
    }

    @Test func `wrong options are named with their place`() async throws {
        let wrong: [(JSONObject, String)] = [
            (
                ["http_credentials": ["origin": "a/b", "username": "u", "password": "p"]],
                "browser.http_credentials.origin"
            ),
            (["routes": [["url": "/(/", "abort": "failed"]]], "browser.routes[0].url"),
            (["geolocation": ["latitude": 91, "longitude": 0]], "browser.geolocation.latitude"),
            (["permissions": ["everything"]], "browser.permissions"),
            (["user_agent": "{{ secrets.missing }}"], "browser.user_agent"),
        ]
        for (options, place) in wrong {
            do {
                try await withBrowserJob(options: options) { _ in Issue.record("It was taken: \(place)") }
            } catch let failure as StepFailure {
                #expect(failure.reason == .invalidScenario)
                #expect(failure.message.contains(place))
            }
        }
    }
}
