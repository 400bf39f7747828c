package import JSON
import YAML

/// What a job is to do: the body of `POST /jobs`, or a scenario file.
package struct Scenario: Sendable, Hashable {
    /// For people and lists; `job` unless set.
    package var name: String
    /// Name of the intent it serves.
    package var intent: String?
    /// Values templates name as `variables.<name>`; literal, never templates themselves.
    package var variables: JSONObject
    /// The tasks in the listed order, templates unresolved.
    package var tasks: [ToDo]
    /// Further attempts of the whole job after the first failed retryably.
    package var maxRetries: Int
    /// After which failures, and with which pauses.
    package var retry: RetryPolicy
    /// -100…100; higher runs first.
    package var priority: Int
    /// Limit for one attempt; nil for none.
    package var timeout: Duration?
    /// How long an attempt may go without a report of a step; nil for ever.
    package var noProgress: Duration?
    /// Milliseconds since 1970 by which the job must be over; nil for never.
    package var deadline: Int64?
    /// `accept`, `dismiss`, `fail`, or `{accept, text}`.
    package var onDialog: JSONValue?
    /// What may cover pages, and how each is closed.
    package var overlays: [JSONValue]
    /// Viewport, locale, timezone, …
    package var browser: JSONObject
    /// Names and templates of what comes back at the end.
    package var outputs: JSONObject
    /// Who waits for whom.
    package var graph: TaskGraph
    /// As it was submitted.
    package var json: JSONObject

    /// Says a member of `browser` over the file's word, as a command line may.
    package mutating func set(browser member: String, _ value: JSONValue) {
        browser[member] = value
        json["browser"] = .object(browser)
    }

    init(
        name: String,
        intent: String?,
        variables: JSONObject,
        tasks: [ToDo],
        maxRetries: Int,
        retry: RetryPolicy,
        priority: Int,
        timeout: Duration?,
        noProgress: Duration?,
        deadline: Int64?,
        onDialog: JSONValue?,
        overlays: [JSONValue],
        browser: JSONObject,
        outputs: JSONObject,
        graph: TaskGraph,
        json: JSONObject
    ) {
        self.name = name
        self.intent = intent
        self.variables = variables
        self.tasks = tasks
        self.maxRetries = maxRetries
        self.retry = retry
        self.priority = priority
        self.timeout = timeout
        self.noProgress = noProgress
        self.deadline = deadline
        self.onDialog = onDialog
        self.overlays = overlays
        self.browser = browser
        self.outputs = outputs
        self.graph = graph
        self.json = json
    }

    /// Reads a scenario from a document and checks all of it that can be checked before it runs.
    ///
    /// - Throws: `InvalidInput` with up to 20 problems, each with its place.
    package init(document: JSONDocument) throws(InvalidInput) {
        self = try ScenarioReader.read(document)
    }

    /// Reads a scenario from an object, as it comes in a request or an acknowledgement.
    ///
    /// - Parameter variables: values that replace those it has; a name it does not declare is a problem.
    package init(json: JSONObject, variables: JSONObject = [:]) throws(InvalidInput) {
        var document = JSONDocument(value: .object(json))
        try Self.set(variables, in: &document)
        try self.init(document: document)
    }

    /// Reads a scenario file: JSON when its name says so or it begins with `{`, else YAML.
    ///
    /// - Parameters:
    ///   - bytes: the file's content, UTF-8.
    ///   - file: its name, for messages.
    ///   - variables: values that replace those of the file; a name the file does not declare is a problem.
    package init(parsing bytes: [UInt8], file: String?, variables: JSONObject = [:]) throws(InvalidInput) {
        var document = try Self.document(bytes, file: file)
        try Self.set(variables, in: &document)
        try self.init(document: document)
    }

    private static func document(_ bytes: [UInt8], file: String?) throws(InvalidInput) -> JSONDocument {
        let isJSON = file?.hasSuffix(".json") ?? false || bytes.first { $0 > 0x20 } == UInt8(ascii: "{")
        guard isJSON else {
            do {
                return try JSONDocument(parsingYAML: bytes, file: file)
            } catch {
                throw InvalidInput(
                    file: file,
                    problems: [.init(pointer: "", position: error.position, message: error.message)]
                )
            }
        }
        do {
            return try JSONDocument(parsing: bytes, file: file)
        } catch {
            throw InvalidInput(file: file, error)
        }
    }

    private static func set(_ variables: JSONObject, in document: inout JSONDocument) throws(InvalidInput) {
        guard !variables.isEmpty else { return }
        var problems = ProblemCollector(document: document)
        var declared = document.value["variables"]?.object ?? [:]
        for (name, value) in variables {
            if declared[name] == nil {
                let suggestion = Suggestion.phrase(for: name, among: declared.keys)
                let remedy = suggestion.isEmpty ? "; declare it there" : suggestion
                problems.add("/variables", "the scenario has no variable '\(name)'\(remedy)")
            }
            declared[name] = value
        }
        try problems.check()
        document.value["variables"] = .object(declared)
    }
}
