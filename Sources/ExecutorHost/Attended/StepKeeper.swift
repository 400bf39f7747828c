import Executors
import JobModel
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// Asks the person at the terminal what to do about a failing step; one question at a time.
actor StepKeeper {
    /// What to do about it.
    enum Answer: Sendable {
        case again, skip, quit
    }

    private let terminal: Terminal
    private let readLine: @Sendable () -> String?
    private let thread = BlockingThread(name: "cpa-terminal")
    private var last: Task<Answer, Never>?

    /// - Parameter readLine: gives a line of the person's; nil when there are no more. Blocks, on a thread of its own.
    init(_ terminal: Terminal, readLine: @escaping @Sendable () -> String? = { Swift.readLine() }) {
        self.terminal = terminal
        self.readLine = readLine
    }

    /// Shows the failure and waits for an answer; no answer any more means to quit.
    func answer(to failure: StepFailure, of step: Step) async -> Answer {
        let before = last
        // Not structured: questions wait for each other in the order they came, also when one of their steps is cancelled.
        let question = Task {
            _ = await before?.value
            return await ask(failure, step)
        }
        last = question
        return await question.value
    }

    private func ask(_ failure: StepFailure, _ step: Step) async -> Answer {
        terminal.note("")
        terminal.note("The step '\(step.key.step)' (\(step.task.action.rawValue)) failed: \(failure.reason.rawValue)")
        for line in failure.message.split(separator: "\n") { terminal.note("  \(line)") }
        if let url = failure.url { terminal.note("  at \(url)") }
        for line in failure.callLog.suffix(8) { terminal.note("    \(line)") }
        while true {
            terminal.note(
                "The page is open as the step left it.  r: try again   s: skip the step   q: let the job fail"
            )
            guard let line = try? await thread.run({ [readLine] in readLine() }) else { return .quit }
            switch line.split(separator: " ").first?.lowercased() {
            case "r", "retry": return .again
            case "s", "skip": return .skip
            case "q", "quit": return .quit
            default: continue
            }
        }
    }
}
