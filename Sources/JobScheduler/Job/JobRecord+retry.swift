import JSON
import JobModel
import Storage

extension JobRecord {
    /// What the scenario says about trying the job again; nil when it says nothing.
    var retryPolicy: RetryPolicy? { scenario["retry"]?.object.map { RetryPolicy(checked: $0, fallback: .job) } }
}
