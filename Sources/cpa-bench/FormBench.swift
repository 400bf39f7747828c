import BrowserAutomation
import EventLoops
import FoundationEssentials
import Glibc
import JSON

/// Our side of tools/bench: runs the form scenario and prints the milliseconds of each run as a JSON array.
@main struct FormBench {
    var url: String
    var iterations: Int
    var shot: String
    let loop = EventLoop(name: "bench")

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4, let iterations = Int(arguments[2]) else {
            print(
                """
                usage: cpa-bench URL ITERATIONS SCREENSHOT [--cold]
                  --cold  a new context each time, instead of the warm ones jobs get
                """
            )
            exit(64)
        }
        let bench = FormBench(url: arguments[1], iterations: iterations, shot: arguments[3])
        let isCold = arguments.dropFirst(4).first == "--cold"
        let times = try await isCold ? bench.runCold() : bench.runWarm()
        print(String(decoding: JSONValue.array(times.map(JSONValue.number)).serialized(), as: UTF8.self))
    }

    /// With a new context each time.
    func runCold() async throws -> [Double] {
        let browser = try await Browser.launch(on: loop)
        let times = try await measure {
            let context = try await browser.newContext()
            try await formScenario(context.newPage())
            await context.close()
        }
        await browser.close()
        return times
    }

    /// With the warm contexts jobs get.
    func runWarm() async throws -> [Double] {
        let pool = BrowserPool(on: [loop])
        let times = try await measure {
            let lease = try await pool.lease()
            try await formScenario(lease.page)
            await pool.giveBack(lease)
        }
        await pool.close()
        return times
    }

    private func measure(_ scenario: @escaping @Sendable () async throws -> Void) async throws -> [Double] {
        let clock = ContinuousClock()
        var times: [Double] = []
        for _ in 0...iterations {
            let start = clock.now
            try await Task(executorPreference: loop) { try await scenario() }.value
            times.append((clock.now - start) / .milliseconds(1))
        }
        // The first run pays for start-up, here as on the other side.
        return Array(times.dropFirst())
    }

    private func formScenario(_ page: PageSession) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        try await page.goto(url, waitUntil: .load, deadline: .seconds(30))
        try await page.fill(Selector("#name"), "Anna Muster", until: deadline)
        try await page.fill(Selector("#email"), "anna@kunde.de", until: deadline)
        try await page.click(Selector("#submit"), until: deadline)
        var shown = PageCondition()
        shown.selector = try Selector("#result")
        shown.state = "visible"
        try await page.waitFor(shown, until: deadline)
        for number in 1...5 { try await page.click(Selector("#count-\(number)"), until: deadline) }
        let picture = try await page.screenshot(deadline: .seconds(30))
        try Data(picture.bytes).write(to: URL(filePath: shot))
    }
}
