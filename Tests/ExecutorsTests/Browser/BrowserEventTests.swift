import BrowserAutomation
import CDPProtocol
import EventLoops
import JSON
import JobModel
import Synchronization
import TestSupport
import Testing

@testable import Executors

/// What a browser session tells whoever drives it.
@Suite(.sharedPortal, .timeLimit(.minutes(2)), .retried) struct BrowserEventTests {
    private final class Ear: Sendable {
        private let events = Mutex<[ExecutorEvent]>([])
        func take(_ event: ExecutorEvent) { events.withLock { $0.append(event) } }
        var all: [ExecutorEvent] { events.withLock { $0 } }
        func first(_ kind: ExecutorEvent.Kind) -> ExecutorEvent? { all.first { $0.kind == kind } }
    }

    /// A session whose events go to an ear.
    private func withEar(
        _ kinds: Set<ExecutorEvent.Kind>,
        _ body: (BrowserSession, Ear) async throws -> Void
    ) async throws {
        let (pool, _) = try #require(SharedPortal.current)
        try await withTemporaryDirectory { base in
            let ear = Ear()
            let job = JobContext(
                job: JobID("s"),
                tenant: .default,
                workspace: JobWorkspace(directory: base + "/job"),
                events: ExecutorEvents(kinds) { ear.take($0) }
            )
            let opened = try await BrowserExecutor(contexts: pool).openSession(for: job)
            let session = try #require(opened as? BrowserSession)
            let result: Result<Void, any Error>
            do { result = .success(try await body(session, ear)) } catch { result = .failure(error) }
            await session.close()
            try result.get()
        }
    }

    private func goto(_ session: BrowserSession, _ url: String) async throws {
        let task = ToDo(id: "open", index: 0, action: .goto, fields: ["url": .string(url)])
        let key = JournalKey(job: JobID("s"), step: task.id)
        _ = try await session.execute(Step(key: key, task: task, deadline: .now + .seconds(20)))
    }

    @Test func `a crash names its page, the page can be opened again, and kinds nobody wants are not told`()
        async throws
    {
        try await withEar([.crash]) { session, ear in
            try await goto(session, "data:text/html,<script>console.log(1)</script>")
            let page = try await session.page("main")
            // Nothing answers it.
            let crash = Task { try await page.call(PageDomain.Crash(), deadline: .seconds(60)) }
            defer { crash.cancel() }
            for _ in 0..<500 where ear.first(.crash) == nil { try await Task.sleep(for: .milliseconds(20)) }
            let told = try #require(ear.first(.crash))
            #expect(told.page == "main" && told.detail["what"] == "page")
            try await goto(session, "data:text/html,again")
            #expect(ear.all.count == 1)
        }
    }

    @Test func `each page is listed by its name, closed ones too until they are forgotten`() async throws {
        try await withEar([.popup, .pageClosed]) { session, ear in
            try await goto(session, "data:text/html,<script>onload=()=>open('about:blank').close()</script>")
            for _ in 0..<500 where ear.first(.pageClosed) == nil { try await Task.sleep(for: .milliseconds(20)) }
            #expect(ear.all.map(\.kind) == [.popup, .pageClosed])
            #expect(ear.all.allSatisfy { $0.page == "popup-1" })
            let pages = await session.pages()
            #expect(pages.map(\.name) == ["main", "popup-1"] && pages.map(\.isOpen) == [true, false])
        }
    }
}
