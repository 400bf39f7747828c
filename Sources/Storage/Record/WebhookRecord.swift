package import JobModel

/// A call that tells somebody outside what became of a job.
package struct WebhookRecord: Hashable, Sendable {
    /// Where it stands.
    package enum State: String, Sendable, CaseIterable {
        /// It is to be made, at `due`.
        case pending
        /// The receiver took it.
        case delivered
        /// It was tried often enough, or the receiver wants no more.
        case dead
    }

    /// Names it to the receiver: the same at every try.
    package var id: String
    /// Whose job it is about.
    package var tenant: TenantID
    /// Which job.
    package var job: JobID
    /// Where to.
    package var url: String
    /// `job.done` and the like.
    package var event: String
    /// What is sent: JSON, the same at every try.
    package var body: String
    /// Where it stands.
    package var state: State
    /// Times it was tried.
    package var attempts: Int
    /// When it is tried next, milliseconds since 1970.
    package var due: Int64
    /// Why the last try failed.
    package var problem: String?
    /// When it was made, milliseconds since 1970.
    package var created: Int64
    /// When it was last tried, milliseconds since 1970.
    package var tried: Int64?

    /// A call that nobody has made.
    package init(id: String, tenant: TenantID, job: JobID, url: String, event: String, body: String, created: Int64) {
        self.id = id
        self.tenant = tenant
        self.job = job
        self.url = url
        self.event = event
        self.body = body
        self.created = created
        state = .pending
        attempts = 0
        due = created
    }
}
