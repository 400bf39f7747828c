import JSON
import JobModel
import Storage

extension JobRecord {
    /// What the scenario says about trying the job again; nil when it says nothing.
    ///
    /// - Throws: `StorageError` with `damaged`.
    func retryPolicy() throws -> RetryPolicy? {
        try scenario.object()["retry"]?.object.map { RetryPolicy(checked: $0, fallback: .job) }
    }
}
