import BrowserAutomation

extension BrowserSession {
    /// Gives the first page that another one opened, and nobody has named yet, its name; waits until there is one.
    func namePopup(_ name: String, of opener: PageSession, until deadline: ContinuousClock.Instant) async throws {
        var mark = 0
        while true {
            do {
                let opened = try await context.waitForPopup(after: mark, deadline: deadline - .now)
                if opened.opener == opener.target, !isNamed(opened) {
                    await setPage(opened, name: name)
                    return
                }
            } catch let error as BrowserError where error.code == .pageClosed {
                // One that has closed itself; another may come.
            } catch let error as BrowserError where error.code == .timeout {
                throw BrowserError(.timeout, "\(await opener.url) opened no popup in time (popup_as: \(name))")
            }
            mark += 1
        }
    }
}
