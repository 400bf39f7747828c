import JSON

/// Reads a scenario member by member and notes every problem.
struct ScenarioReader {
    var problems: ProblemCollector
    /// The scenario's own members.
    let json: JSONObject
    var tasks: [ToDo] = []
    /// Where each task stands, also those that could not be read.
    var variables: JSONObject = [:]

    static func read(_ document: JSONDocument) throws(InvalidInput) -> Scenario {
        guard let json = document.value.object else {
            var problems = ProblemCollector(document: document)
            let found = document.value.isNull ? "there is nothing in it" : "this is \(document.value.typeName)"
            problems.add("", "a scenario is an object with 'tasks'; \(found)")
            try problems.check()
            preconditionFailure("a noted problem is thrown")
        }
        let key = RecentScenarios.Key(json)
        if let key, let known = RecentScenarios.shared.scenario(json, under: key) { return known }
        var reader = ScenarioReader(problems: ProblemCollector(document: document), json: json)
        let scenario = try reader.scenario()
        if let key { RecentScenarios.shared.note(scenario, under: key) }
        return scenario
    }

    private mutating func scenario() throws(InvalidInput) -> Scenario {
        problems.check(members: json, against: ScenarioSchema.fields, at: "", of: "a scenario")
        variables = json["variables"]?.object ?? [:]
        readTasks()
        let deadline = deadline()
        let retry = retry()
        checkDialog()
        checkOverlays()
        checkBrowser()
        checkReferences()
        try problems.check()
        let graph = graph()
        try problems.check()
        return Scenario(
            name: json["name"]?.string ?? "job",
            intent: json["intent"]?.string,
            variables: variables,
            tasks: tasks,
            maxRetries: json["max_retries"]?.int ?? retry.listed ?? 0,
            retry: retry.policy,
            priority: json["priority"]?.int ?? 0,
            timeout: json["timeout"].flatMap { Duration(scenario: $0) },
            noProgress: json["no_progress"].flatMap { Duration(scenario: $0) },
            deadline: deadline,
            onDialog: json["on_dialog"],
            overlays: json["overlays"]?.array ?? [],
            browser: json["browser"]?.object ?? [:],
            outputs: json["outputs"]?.object ?? [:],
            graph: graph,
            json: json
        )
    }

    // MARK: Tasks

    private mutating func readTasks() {
        guard let value = json["tasks"] else { return }
        guard let elements = value.array else {
            problems.add("/tasks", "must be an array of tasks, is \(value.typeName)")
            return
        }
        if elements.isEmpty { problems.add("/tasks", "is empty; give at least one task") }
        if elements.count > ScenarioSchema.maximumTasks {
            problems.add("/tasks", "has \(elements.count) tasks; \(ScenarioSchema.maximumTasks) are allowed")
            return
        }
        let ids = elements.enumerated().map { index, element in
            StepID(element["id"]?.string ?? "t\(index)")
        }
        for (index, element) in elements.enumerated() {
            var reader = TaskReader(index: index, ids: ids, problems: problems)
            tasks.append(reader.task(element))
            problems = reader.problems
        }
    }

    // MARK: The rest

    private mutating func deadline() -> Int64? {
        guard let value = json["deadline"] else { return nil }
        guard let text = value.string, let deadline = RFC3339.parse(text) else {
            problems.add("/deadline", "\(value.text()) is no RFC 3339 time; write it as 2026-03-01T08:30:00Z")
            return nil
        }
        return deadline
    }

    private mutating func retry() -> (policy: RetryPolicy, listed: Int?) {
        guard let retry = json["retry"]?.object else { return (.job, nil) }
        let count: RetryReader.Count = json["max_retries"] == nil ? .missing("max_retries") : .given
        var reader = RetryReader(json: retry, pointer: "/retry", problems: problems)
        defer { problems = reader.problems }
        return reader.read(.job, count)
    }

    private mutating func checkDialog() {
        switch json["on_dialog"] {
        case nil, "accept", "dismiss", "fail": return
        case .object(let object):
            problems.check(members: object, against: ScenarioSchema.onDialog, at: "/on_dialog", of: "on_dialog")
        case let value?:
            problems.add(
                "/on_dialog",
                "must be accept, dismiss, fail, or {accept, text, beforeunload}, is \(value.text())"
            )
        }
    }

    private mutating func checkOverlays() {
        guard let value = json["overlays"] else { return }
        guard let overlays = value.array, overlays.count <= ScenarioSchema.maximumOverlays else {
            let limit = ScenarioSchema.maximumOverlays
            problems.add("/overlays", "must be an array of at most \(limit) overlays, is \(TaskReader.shown(value))")
            return
        }
        for (index, overlay) in overlays.enumerated() {
            let place = JSONPointer(["overlays", String(index)])
            guard let members = overlay.object else {
                problems.add(place, "an overlay is an object with 'selector', this is \(overlay.typeName)")
                continue
            }
            problems.check(members: members, against: ScenarioSchema.overlay, at: place, of: "an overlay")
            problems.check(
                members: members,
                against: ScenarioSchema.overlay,
                forms: MemberForm.forOverlay,
                at: place
            )
            let remedies = [members["click"] != nil, members["press"] != nil, members["hide"] == true]
            if remedies.filter({ $0 }).count != 1 {
                problems.add(place, "an overlay is closed in one way: by click, press, or hide: true")
            }
        }
    }
}
