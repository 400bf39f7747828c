package import JobModel
import JobQueue
package import Security
import Storage

extension Scheduler {
    /// Why a job is not running.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    package func explain(_ id: JobID, for caller: Principal) async throws -> Explanation {
        let (job, policies) = try await writer.read { snapshot in
            (try Self.job(id, caller, in: snapshot), try snapshot.policies())
        }
        guard job.state == .pending || job.state == .scheduled else { return Explanation(job) }
        do {
            let standing = try await index.standing(of: id)
            return Explanation(waiting: job, standing, policies, at: writer.environment.now())
        } catch {
            return Explanation(waiting: job, indexProblem: "\(error)")
        }
    }
}
