package import JobModel
import JobQueue
package import Security
import Storage

extension Scheduler {
    /// Why a job is not running.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func explain(_ id: JobID, for caller: Principal) async throws -> Explanation {
        let (job, policies, tasks) = try await writer.read { snapshot in
            let job = try Self.job(id, caller, in: snapshot)
            let tasks = job.state == .needsReview || job.state.isTerminal ? try snapshot.tasks(of: id) : []
            return (job, try snapshot.policies(), tasks)
        }
        guard job.state == .pending || job.state == .scheduled else { return Explanation(job, policies, tasks: tasks) }
        do {
            let standing = try await ask { index -> DispatchStanding? in
                let standing = try await index.standing(of: id)
                // One that takes no jobs knows nothing of this one for that reason.
                if standing == nil { try await index.tryWrite() }
                return standing
            }
            return Explanation(waiting: job, standing, policies, at: writer.environment.now())
        } catch {
            return Explanation(waiting: job, indexProblem: "\(error)")
        }
    }
}
