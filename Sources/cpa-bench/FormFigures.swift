import BrowserAutomation
import CDPProtocol
import FoundationEssentials
import JSON

/// A whole job: context, goto, two fills, click, wait, five clicks, screenshot into a file, close.
struct FormFigures: Sendable {
    let stage: Stage

    func oneByOne() async throws -> JSONObject {
        let times = try await Task(executorPreference: stage.loop) {
            guard stage.options.isCold else { return try await stage.times(warmUp: 1) { try await self.job() } }
            let browser = try await Browser.launch(on: stage.loop, stage.configuration)
            let times = try await stage.times(warmUp: 1) {
                let context = try await browser.newContext()
                try await self.scenario(context.newPage())
                await context.close()
            }
            await browser.close()
            return times
        }.value
        return JSONObject(milliseconds: times)
    }

    /// As many at a time as asked for, until all are done.
    func parallel() async throws -> JSONObject {
        let loop = stage.loop
        let (count, lanes) = (stage.options.iterations, stage.options.parallel)
        return try await Task(executorPreference: loop) {
            try await job()
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<lanes {
                    group.addTask {
                        for _ in 0..<(count / lanes + (lane < count % lanes ? 1 : 0)) { try await self.job() }
                    }
                }
                try await group.waitForAll()
            }
            return ["per_second": .number(Double(count) / ((ContinuousClock.now - start) / .seconds(1)))]
        }.value
    }

    private func job() async throws {
        let lease = try await stage.pool.lease()
        try await scenario(lease.page)
        await stage.pool.giveBack(lease)
    }

    private func scenario(_ page: PageSession) async throws {
        stage.options.isFloor ? try await raw(RawPage(page: page)) : try await actions(page)
    }

    private func actions(_ page: PageSession) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        try await page.goto(stage.options.url, waitUntil: .load, deadline: .seconds(60))
        try await page.fill(Selector("#name"), "Anna Muster", until: deadline)
        try await page.fill(Selector("#email"), "anna@kunde.de", until: deadline)
        try await page.click(Selector("#submit"), until: deadline)
        try await page.waitFor(Self.resultShown(), until: deadline)
        for number in 1...5 { try await page.click(Selector("#count-\(number)"), until: deadline) }
        let directory = "\(stage.options.shots)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        let (picture, _) = try await page.picture(in: directory, until: deadline)
        let size = picture.paths.reduce(0) { $0 + (FileManager.default.contents(atPath: $1)?.count ?? 0) }
        precondition(size > 1000, "The screenshot is empty")
    }

    private static func resultShown() throws -> PageCondition {
        var shown = PageCondition()
        shown.selector = try Selector("#result")
        shown.state = "visible"
        return shown
    }

    private func raw(_ page: RawPage) async throws {
        try await page.goto(stage.options.url)
        try await page.fill("#name", "Anna Muster")
        try await page.fill("#email", "anna@kunde.de")
        try await page.click("#submit")
        // The agent's: a raw evaluation that meets the end of its document may never be answered.
        try await page.page.waitFor(Self.resultShown(), until: .now + .seconds(60))
        for number in 1...5 { try await page.click("#count-\(number)") }
        _ = try await page.page.call(PageDomain.CaptureScreenshot(optimizeForSpeed: true), deadline: .seconds(60))
    }
}
