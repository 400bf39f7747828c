package import JSON

/// One task of a job: the seed's fields, our additions, and the action's own fields.
///
/// Values may hold templates; they are resolved just before the task runs.
package struct ToDo: Sendable, Hashable {
    /// What happens to the job when the task fails for good.
    package enum OnError: Sendable, Hashable {
        /// The job fails with the task's reason; independent branches finish.
        case fail
        /// The task counts as done without outputs.
        case `continue`
        /// Another task runs in its place.
        case fallback(StepID)
    }

    /// Its `id`, or `t<index>`.
    package var id: StepID
    /// Position in the scenario, from 0.
    package var index: Int
    /// What to do.
    package var action: Action
    /// The kind of executor wanted when an action exists in several (`browser`, `desktop`).
    package var executor: String?
    /// What to do it on.
    package var selector: String?
    /// The text to enter or wait for.
    package var text: String?
    /// Limit for one try of the task; 8 s unless set.
    package var timeout: Duration
    /// Tasks that must be done before, by id (indices are translated on reading).
    package var dependsOn: [StepID]
    /// The page it acts on; nil for actions that touch no page.
    package var page: String?
    /// Further tries after the first failed.
    package var retries: Int
    /// After which failures it is tried again, and with which pauses.
    package var retry: RetryPolicy
    /// What a final failure means.
    package var onError: OnError
    /// A template; false, null, "" or 0 skips the task.
    package var when: JSONValue?
    /// A template that yields an array: the task runs once per item, `{{ item }}` and `{{ index }}` name it.
    package var forEach: JSONValue?
    /// Whether a page action changes the world and must not be repeated blindly.
    package var once: Bool
    /// The action's own members (`url`, `to`, `subject`, `fields`, `path`, `state`, `popup_as`, …), unresolved.
    package var fields: JSONObject
    /// Members whose templates used a secret, once they are resolved; `text` and `selector` among them.
    package var secretMembers: Set<String>

    /// A task with every default of docs/scenarios.md.
    package init(id: StepID, index: Int, action: Action, fields: JSONObject = [:]) {
        self.id = id
        self.index = index
        self.action = action
        timeout = .seconds(8)
        dependsOn = []
        page = nil
        retries = 0
        retry = .task
        onError = .fail
        once = false
        self.fields = fields
        secretMembers = []
    }
}
