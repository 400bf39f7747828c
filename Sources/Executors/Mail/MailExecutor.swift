package import JobModel
package import MicrosoftGraph

/// Sends, reads and searches mail by Microsoft Graph.
///
/// Without a client every task fails and says which settings are missing.
package struct MailExecutor: Executor {
    /// As in the `executor` member of a task.
    package let name = "mail"
    /// The three mail actions.
    package let actions: Set<Action> = [.sendMail, .readMail, .searchMail]

    private let client: MailClient?
    private let sender: String?

    /// A mail executor.
    ///
    /// - Parameters:
    ///   - client: nil when mail is not configured on this worker.
    ///   - sender: the mailbox of tasks that name none.
    package init(client: MailClient?, sender: String? = nil) {
        self.client = client
        self.sender = sender
    }

    /// Sending is journalled; reading and searching are repeated freely.
    package func effectClass(of task: ToDo) -> EffectClass {
        task.action == .sendMail ? .effect : .read
    }

    /// A session; it opens no connection of its own.
    package func openSession(for job: JobContext) -> any ExecutorSession {
        MailSession(client: client, sender: sender, job: job)
    }
}
