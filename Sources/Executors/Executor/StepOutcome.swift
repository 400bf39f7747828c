package import JSON
package import JobModel

/// What a task did.
package struct StepOutcome: Sendable {
    /// Values later templates name as `tasks.<id>.<name>`.
    package var outputs: JSONObject
    /// Files it made, already in the job's workspace.
    package var artifacts: [Artifact]
    /// What it touched, for people: `button "Anmelden"`, `https://…/invoices`, `invoice-2026-117.pdf (48 kB)`.
    package var touched: String
    /// URL of the page afterwards, when there is one.
    package var url: String?
    /// What was tried, folded.
    package var callLog: [String]

    /// An outcome.
    package init(
        outputs: JSONObject = [:],
        artifacts: [Artifact] = [],
        touched: String = "",
        url: String? = nil,
        callLog: [String] = []
    ) {
        self.outputs = outputs
        self.artifacts = artifacts
        self.touched = touched
        self.url = url
        self.callLog = callLog
    }
}
