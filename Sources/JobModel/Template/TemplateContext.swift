package import JSON

/// What templates can name while a job runs.
package struct TemplateContext: Sendable {
    /// `variables.<name>`.
    package var variables: JSONObject
    /// `tasks.<id>.<output>`: the outputs of steps that ended, with `status` beside them.
    package var tasks: [String: JSONObject]
    /// `job.id`, `job.name`, `job.tenant`, `job.attempt`, `job.submitted`.
    package var job: JSONObject
    /// `item`, inside a `for_each`.
    package var item: JSONValue?
    /// `index`, inside a `for_each`, from 0.
    package var index: Int?
    /// Finds a secret by name; nil when this worker does not have it. `totp.x` asks for `totp_x`: a Base32 key, or an `otpauth://` address.
    package var secret: @Sendable (String) -> String?
    /// Where else secrets were looked for, for whoever misses one; nil where that goes without saying.
    package var secretPlace: String?
    /// Milliseconds since 1970, for one-time passwords.
    package var now: @Sendable () -> Int64

    /// Told every one-time password that is made, and what filters make of secrets, so that it can be kept out of what
    /// people see.
    package var issued: @Sendable (String) -> Void = { _ in }
    /// Whether a text shows a secret: a page can give back what was entered into it.
    package var holdsSecret: @Sendable (String) -> Bool = { _ in false }

    /// A context.
    package init(
        variables: JSONObject = [:],
        tasks: [String: JSONObject] = [:],
        job: JSONObject = [:],
        secret: @escaping @Sendable (String) -> String? = { _ in nil },
        now: @escaping @Sendable () -> Int64
    ) {
        self.variables = variables
        self.tasks = tasks
        self.job = job
        self.secret = secret
        self.now = now
    }
}
