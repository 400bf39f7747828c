package import Executors
import JSON
package import JobModel
package import Security

extension ToDo {
    /// Refuses the task when it would put a secret into a file, or name one by it.
    ///
    /// A file is kept, shown and handed out under its name: neither that nor what is written into it is a place for a secret.
    ///
    /// - Throws: `StepFailure` with `policyDenied`.
    package func refuseSecretInFile(_ redactor: Redactor) throws(StepFailure) {
        let written: [String] =
            switch namedAction {
            case .writeFile: ["base64", "content", "text"]
            case .pdf: ["header", "footer"]
            default: []
            }
        for name in fileNameMembers + knownFileMembers + written where holdsSecret(name, redactor) {
            throw StepFailure(
                reason: .policyDenied,
                message:
                    "The task '\(id)' (\(action.rawValue)) would put a secret into a file, or its name, by '\(name)', "
                    + "and everybody who may see the job can read that. Leave the secret out; pages and mails take it "
                    + "directly.",
                isRetryable: false,
                mayHaveActed: false
            )
        }
    }

    /// By its template, for a filter or a few characters leave nothing to be known again; or by its text, which a page may
    /// have given back.
    private func holdsSecret(_ member: String, _ redactor: Redactor) -> Bool {
        if secretMembers.contains(member) { return true }
        // A page may have named a file that is there already, and the job goes on with it.
        guard !knownFileMembers.contains(member) else { return false }
        guard let value = member == "text" ? text.map(JSONValue.string) : fields[member] else { return false }
        return redactor.redact(data: value) != value
    }
}
