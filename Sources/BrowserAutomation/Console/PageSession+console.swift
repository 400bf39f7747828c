import CDP
import CDPProtocol

extension PageSession {
    /// What the page's documents wrote to the console and what went wrong in them, the latest 200, secrets replaced.
    package var console: [ConsoleMessage] { consoleLog.messages.map(redacted) }

    /// How many console messages there were; a mark for `console(after:)`.
    package var consoleCount: Int { consoleLog.count }

    /// The messages after a mark, as far as they are still kept.
    package func console(after mark: Int) -> [ConsoleMessage] {
        consoleLog.messages.suffix(max(0, consoleLog.count - mark)).map(redacted)
    }

    /// The latest uncaught errors of the page's own scripts, as text with their stacks.
    package var scriptErrors: [String] {
        consoleLog.messages.filter { $0.source == .exception }.map { redact($0.text) }
    }

    func observeConsole(of session: CDPSession) {
        observe(session, ConsoleLog.subscriptions) { page, event, _ in
            page.consoleLog.apply(event)
            page.tellOfConsole()
        }
    }

    private func redacted(_ message: ConsoleMessage) -> ConsoleMessage {
        var message = message
        message.text = redact(message.text)
        message.url = message.url.map(redact)
        return message
    }
}
