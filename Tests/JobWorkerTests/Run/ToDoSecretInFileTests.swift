import Executors
import JSON
import JobModel
import Security
import Testing

@testable import JobWorker

struct ToDoSecretInFileTests {
    private func isRefused(_ action: Action, _ member: String, op: String? = nil) -> Bool {
        var task = ToDo(id: "a", index: 0, action: action, fields: [member: "ab1"])
        task.fields["op"] = op.map(JSONValue.string)
        task.secretMembers = [member]
        do throws(StepFailure) { try task.refuseSecretInFile(.none) } catch { return error.reason == .policyDenied }
        return false
    }

    @Test(
        arguments: [
            (.writeFile, "path"), (.writeFile, "text"), (.writeFile, "content"), (.writeFile, "base64"),
            (.readFile, "path"), (.hashFile, "path"), (.moveFile, "path"), (.moveFile, "to"),
            (.sendMail, "attachments"),
            (.replyMail, "inline"), (.downloadAttachments, "names"), (.download, "name"), (.pdf, "name"),
            (.pdf, "header"), (.pdf, "footer"),
        ] as [(Action, String)]
    )
    func `what a secret's template made is no file and no name of one, however short`(action: Action, member: String) {
        #expect(isRefused(action, member))
    }

    @Test func `nor in the seed's playwright`() {
        #expect(isRefused(.playwright, "name", op: "screenshot"))
    }

    @Test(arguments: [(.sendMail, "subject"), (.goto, "url"), (.writeFile, "overwrite")] as [(Action, String)])
    func `pages and mails take it`(action: Action, member: String) {
        #expect(!isRefused(action, member))
    }

    @Test func `a file that a page named after a secret can be read and sent`() throws {
        let redactor = Redactor(secrets: ["geheim"])
        for (action, member) in [(Action.readFile, "path"), (.sendMail, "attachments")] {
            try ToDo(id: "a", index: 0, action: action, fields: [member: "geheim.pdf"]).refuseSecretInFile(redactor)
        }
        #expect(throws: StepFailure.self) {
            try ToDo(id: "a", index: 0, action: .screenshot, fields: ["name": "geheim"]).refuseSecretInFile(redactor)
        }
    }
}
