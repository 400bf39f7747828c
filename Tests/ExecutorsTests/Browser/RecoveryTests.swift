import BrowserAutomation
import CDP
import CDPProtocol
import Glibc
import JSON
import JobModel
import TestSupport
import Testing

@testable import Executors

/// Faults under a job: what comes back by itself, and what is said about the rest.
@Suite(.sharedPortal, .timeLimit(.minutes(2)), .retried, .serialized) struct RecoveryTests {
    private func withJob(_ body: (BrowserJob, BrowserSession) async throws -> Void) async throws {
        try await withBrowserJob(allowsScripts: true) { job in
            let session = try #require(job.session as? BrowserSession)
            try await body(job, session)
        }
    }

    private func crash(_ session: BrowserSession) async throws {
        let page = try await session.page("main")
        // It has no answer: the renderer is gone.
        _ = try? await page.call(PageDomain.Crash(), deadline: .seconds(30))
    }

    @Test func `what only looked at a page that crashed is told after the page was opened again`() async throws {
        try await withJob { job, session in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            try await job.run(.expect, "#name", with: ["state": "visible"])
            try await crash(session)
            let read = try await job.run(.extract, "label[for=name]", timeout: .seconds(30))
            #expect(read.outputs["text"] == "Name")
            #expect(read.callLog.first?.contains("was opened again") == true)
        }
    }

    @Test func `the first step after a goto is done on the page that was opened again`() async throws {
        try await withJob { job, session in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            try await crash(session)
            try await job.run(.fill, "#name", text: "Anna", timeout: .seconds(30))
            let value = try await job.run(.extract, "#name", with: ["kind": "value"])
            #expect(value.outputs["value"] == "Anna")
        }
    }

    @Test func `a page that was filled does not come back by its address, and the step says that it crashed`()
        async throws
    {
        try await withJob { job, session in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            try await job.run(.fill, "#name", text: "Anna")
            try await crash(session)
            let failure = await job.failure(.extract, "#name", within: .seconds(10))
            #expect(failure?.reason == .pageCrashed)
            #expect(failure?.isRetryable == true)
            try await job.run(.goto, timeout: .seconds(30), with: ["url": .string("\(job.portal)/form")])
            try await job.run(.fill, "#name", text: "Berta")
        }
    }

    @Test func `a step that must happen once is not repeated`() async throws {
        try await withJob { job, session in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            try await crash(session)
            let failure = await job.failure(.click, "#submit", within: .seconds(10), once: true)
            #expect(failure?.reason == .pageCrashed)
        }
    }

    @Test func `a killed browser fails the step within seconds, may be tried again, and the next job has another`()
        async throws
    {
        var killed: Int32 = 0
        try await withJob { job, session in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            let waiting = Task { await job.failure(.waitFor, "#never", within: .seconds(60)) }
            _ = try await job.run(.extract, "label[for=name]")
            let start = ContinuousClock.now
            killed = await session.context.browser.processID
            kill(killed, SIGKILL)
            let failure = await waiting.value
            #expect(failure?.reason == .browserCrashed)
            #expect(failure?.isRetryable == true)
            #expect(ContinuousClock.now - start < .seconds(30))
        }
        try await withJob { job, session in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            try await job.run(.fill, "#name", text: "Anna")
            #expect(await session.context.browser.processID != killed)
        }
    }

    /// Runs a step on a page whose renderers stand still, and says how it ended and how long that took.
    private func stepOnStoppedPage(within limit: Duration, isCancelled: Bool) async throws
        -> (failure: StepFailure?, took: Duration)
    {
        var end: (StepFailure?, Duration) = (nil, .zero)
        try await withJob { job, session in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            let browser = await session.context.browser
            let renderers = try chromiumProcesses(of: browser.processID, with: "--type=renderer")
            #expect(!renderers.isEmpty)
            for renderer in renderers { kill(renderer, SIGSTOP) }
            defer { for renderer in renderers { kill(renderer, SIGCONT) } }
            let sent = await browser.connection.traffic.sent
            var start = ContinuousClock.now
            let step = Task { await job.failure(.waitFor, "#never", within: limit) }
            if isCancelled {
                // It is on its way to the page.
                while await browser.connection.traffic.sent == sent { await Task.yield() }
                start = .now
                step.cancel()
            }
            end = (await step.value, .now - start)
        }
        return end
    }

    @Test func `a page that stands still fails its step before the session is given up`() async throws {
        let (failure, took) = try await stepOnStoppedPage(within: .seconds(1), isCancelled: false)
        #expect(failure?.reason == .timeout)
        // What `StepRunner` gives a step on top of its own time.
        #expect(took < .seconds(1 + 4))
    }

    @Test func `a step on a page that stands still ends when it is told to`() async throws {
        let (failure, took) = try await stepOnStoppedPage(within: .seconds(60), isCancelled: true)
        #expect(failure == nil)
        // As long as `StepRunner` waits.
        #expect(took < .milliseconds(1500))
    }
}
