package import JobModel

/// Reads, writes, moves and hashes the files of a job; nothing outside the job's directory can be named.
package struct FileExecutor: Executor {
    /// As in the `executor` member of a task.
    package let name = "file"
    /// The four file actions.
    package let actions: Set<Action> = [.readFile, .writeFile, .moveFile, .hashFile]

    /// A file executor; it has no settings.
    package init() {}

    /// Reading and hashing are repeated freely; writing and moving are journalled.
    package func effectClass(of task: ToDo) -> EffectClass {
        switch task.action {
        case .writeFile, .moveFile: .effect
        default: .read
        }
    }

    /// A session on the job's workspace.
    package func openSession(for job: JobContext) -> any ExecutorSession {
        FileSession(workspace: job.workspace)
    }
}
