import JSON
import JobModel
import Testing

@testable import InteractiveSessions

@Suite struct SessionRequestReaderTests {
    private func read(_ text: String) throws -> SessionRequest { try SessionRequestReader.read(Array(text.utf8)) }

    /// What is said of a message that must be refused, with the id it is said to.
    private func complaint(_ text: String) -> (id: String?, message: String) {
        do {
            let request = try read(text)
            Issue.record("It was read: \(request)")
            return (nil, "")
        } catch {
            guard let error = error as? UnreadableRequest else { return (nil, "\(error)") }
            return (error.id?.description, error.message)
        }
    }

    @Test func `a task is read as in a scenario`() throws {
        let text =
            #"{"id": "a", "type": "task", "task": {"action": "fill", "selector": "label=X", "text": "{{ secrets.x }}", "#
            + #""timeout": "3s", "page": "other"}}"#
        let request = try read(text)
        guard case .task(let task, _) = request.order else { return #expect(Bool(false), "\(request)") }
        #expect(request.id.json == "a")
        #expect(task.action == .fill && task.page == "other" && task.timeout == .seconds(3) && task.id == "ra")
    }

    @Test(
        arguments: [
            ("{", nil, "no JSON"), ("[1]", nil, "this is array"), (#"{"type": "pages"}"#, nil, "needs an 'id'"),
            (#"{"id": 1.5, "type": "pages"}"#, nil, "needs an 'id'"), (#"{"id": 1}"#, "1", "'type' must be one of"),
            (#"{"id": 1, "type": "taks"}"#, "1", "did you mean 'task'"),
            (#"{"id": 1, "type": "pages", "page": "x"}"#, "1", "no member 'page'"),
            (#"{"id": 1, "type": "task"}"#, "1", "needs 'task'"),
            (#"{"id": 1, "type": "task", "task": {"action": "clik"}}"#, "1", "did you mean 'click'"),
            (#"{"id": 1, "type": "task", "task": {"action": "click"}}"#, "1", "task: click needs 'selector'"),
            (
                #"{"id": 1, "type": "task", "task": {"action": "click", "selector": "css=a", "timeout": "soon"}}"#, "1",
                "task.timeout: must be"
            ),
            (
                #"{"id": 1, "type": "task", "task": {"action": "goto", "url": "{{ variables.x }}"}}"#, "1",
                "no value in a session"
            ),
            (
                #"{"id": 1, "type": "task", "task": {"action": "goto", "url": "data:x", "retries": 2}}"#, "1",
                "task.retries"
            ),
            (
                #"{"id": 1, "type": "task", "task": {"action": "goto", "url": "data:x", "for_each": []}}"#, "1",
                "task.for_each"
            ),
            (#"{"id": 1, "type": "open", "browser": {"viewprt": {}}}"#, "1", "did you mean 'viewport'"),
            (#"{"id": 1, "type": "open", "on_dialog": "maybe"}"#, "1", "on_dialog: must be accept"),
            (#"{"id": 1, "type": "open", "events": ["popups"]}"#, "1", "did you mean 'popup'"),
            (#"{"id": 1, "type": "cancel"}"#, "1", "needs 'request'"),
            (#"{"id": 1, "type": "put", "name": "x", "base64": "?"}"#, "1", "no valid Base64"),
            (
                #"{"id": 1, "type": "put", "name": "x", "base64": "YQ==", "content_type": "a/b\r\nX: y"}"#, "1",
                "must be a media type such as text/csv"
            ),
            (#"{"id": 1, "type": "put", "name": "x", "base64": "YQ==", "content_type": 5}"#, "1", "must be a text"),
            (#"{"id": 1, "type": "artifact"}"#, "1", "needs 'name'"),
        ] as [(String, String?, String)]
    )
    func `what cannot be done is named with its place and a remedy`(
        _ text: String,
        _ id: String?,
        _ words: String
    ) {
        let complaint = complaint(text)
        #expect(complaint.id == id)
        #expect(complaint.message.contains(words), "\(complaint.message)")
    }
}
