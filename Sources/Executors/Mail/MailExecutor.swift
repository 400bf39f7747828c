package import JobModel
package import MailModel

/// Sends, reads and changes mail by whichever provider is configured.
///
/// Without a provider every task fails and says which settings are missing; workers that serve many do not offer it then.
package struct MailExecutor: Executor {
    /// As in the `executor` member of a task.
    package let name = "mail"
    /// Every mail action.
    package let actions = Set(Action.allCases.filter { ActionSchema.of($0).executor == "mail" })

    private let desk: MailDesk

    /// A mail executor.
    ///
    /// - Parameters:
    ///   - provider: nil when mail is not configured on this worker.
    ///   - sender: the mailbox of tasks that name none.
    ///   - guards: asked one after the other before a mail goes out; the first that objects decides.
    package init(provider: (any MailProvider)?, sender: String? = nil, guards: [any MailGuard] = [MailRules()]) {
        desk = MailDesk(provider: provider, sender: sender, guards: guards)
    }

    /// What goes out or changes a mailbox is journalled; reading is repeated freely.
    package func effectClass(of task: ToDo) -> EffectClass { ActionSchema.of(task.action).effect }

    /// A mail goes out at the very end: until then there is at most a draft, which is found by its key.
    package func announces(_ task: ToDo) -> Bool { [.sendMail, .replyMail, .forwardMail].contains(task.action) }

    /// A session; it opens no connection of its own.
    package func openSession(for job: JobContext) -> any ExecutorSession {
        MailSession(desk: desk, job: job)
    }
}

/// What every mail session of a worker works with.
struct MailDesk: Sendable {
    let provider: (any MailProvider)?
    let sender: String?
    let guards: [any MailGuard]

    /// Whether a mail may go out.
    ///
    /// - Throws: `StepFailure` with `policy_denied`; nothing was sent.
    func check(_ facts: MailFacts) async throws {
        guard let objection = await objection(to: facts) else { return }
        throw StepFailure(reason: .policyDenied, message: objection, isRetryable: false)
    }

    /// What a guard says against a mail; nil when it may go.
    func objection(to facts: MailFacts) async -> String? {
        for mailGuard in guards {
            switch await mailGuard.verdict(on: facts) {
            case .allow: continue
            case .deny(let reason): return reason
            case .needsApproval(let reason):
                return "\(reason) It needs an approval, which cannot be given yet; nothing was sent."
            }
        }
        return nil
    }
}
