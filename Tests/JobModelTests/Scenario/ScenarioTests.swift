import JSON
import Testing

@testable import JobModel

struct ScenarioTests {
    private let text = """
        name: Rechnung holen
        intent: fetch_invoice
        variables: {customer: Firma X, base: "http://127.0.0.1:1/"}
        max_retries: 2
        priority: 10
        timeout: 5m
        deadline: 2026-03-01T08:30:00Z
        on_dialog: accept
        browser: {viewport: {width: 1400, height: 900}, locale: de-DE, timezone: Europe/Berlin}
        tasks:
          - id: open
            action: goto
            url: "{{ variables.base }}invoices"
          - id: rows
            action: extract
            selector: 'role=table[name="Rechnungen"]'
            kind: table
            columns: {number: Nr., amount: Betrag}
            timeout: 20
          - action: playwright
            op: click
            selector: "role=link[name={{ tasks.rows.table[0].number }}]"
            popup_as: invoice
          - id: pdf
            action: pdf
            page: invoice
            retries: 2
            retry_delay: 500ms
          - action: hash_file
            path: "{{ tasks.pdf.artifact }}"
            depends_on: 0
          - id: mail
            action: send_mail
            to: anna@kunde.de
            subject: "Rechnung {{ tasks.rows.table[0].number }}"
            text: "{{ variables.customer }}"
            attachments: ["{{ tasks.pdf.artifact }}"]
            depends_on: [3, t4]
            on_error: continue
            when: "{{ tasks.rows.table }}"
            once: true
        outputs:
          message: "{{ tasks.mail.message_id }}"
        """

    private func read(_ text: String) throws -> Scenario {
        try Scenario(parsing: Array(text.utf8), file: "s.yaml")
    }

    @Test func `reads every member`() throws {
        let scenario = try read(text)
        #expect(scenario.name == "Rechnung holen")
        #expect(scenario.intent == "fetch_invoice")
        #expect(scenario.variables["customer"] == "Firma X")
        #expect(scenario.maxRetries == 2)
        #expect(scenario.priority == 10)
        #expect(scenario.timeout == .seconds(300))
        #expect(scenario.deadline == 1_772_353_800_000)
        #expect(scenario.onDialog == "accept")
        #expect(scenario.browser["viewport"]?["width"] == 1400)
        #expect(scenario.outputs["message"] == "{{ tasks.mail.message_id }}")
        #expect(scenario.tasks.map(\.id) == ["open", "rows", "t2", "pdf", "t4", "mail"])
    }

    @Test func `reads every member of a task`() throws {
        let tasks = try read(text).tasks
        #expect(tasks[0].action == .goto)
        #expect(tasks[0].page == "main")
        #expect(tasks[0].timeout == .seconds(8))
        #expect(tasks[0].fields == ["url": "{{ variables.base }}invoices"])
        #expect(tasks[1].selector == #"role=table[name="Rechnungen"]"#)
        #expect(tasks[1].timeout == .seconds(20))
        #expect(tasks[2].action == .click)
        #expect(tasks[2].fields == ["popup_as": "invoice"])
        #expect(tasks[3].page == "invoice")
        #expect(tasks[3].retries == 2)
        #expect(tasks[3].retry == RetryPolicy(.fixed(.milliseconds(500))))
        #expect(tasks[4].page == nil)
        #expect(tasks[4].dependsOn == ["open"])
        #expect(tasks[5].dependsOn == ["pdf", "t4"])
        #expect(tasks[5].onError == .continue)
        #expect(tasks[5].when == "{{ tasks.rows.table }}")
        #expect(tasks[5].once)
        #expect(tasks[5].text == "{{ variables.customer }}")
        #expect(tasks[5].fields.keys == ["to", "subject", "attachments"])
    }

    @Test func `knows who waits for whom`() throws {
        #expect(try read(text).graph.dependencies == [[], [0], [1], [2], [3, 0], [1, 3, 4]])
    }

    @Test func `the object as submitted reads the same`() throws {
        let scenario = try read(text)
        #expect(try Scenario(json: scenario.json) == scenario)
        #expect(try Scenario(parsing: scenario.json.serialized(), file: nil) == scenario)
    }

    @Test func `variables can be given from outside`() throws {
        let scenario = try Scenario(parsing: Array(text.utf8), file: nil, variables: ["customer": "Y"])
        #expect(scenario.variables["customer"] == "Y")
        #expect(scenario.json["variables"]?["customer"] == "Y")
        let error = try #require(throws: InvalidInput.self) {
            try Scenario(parsing: Array(text.utf8), file: "s.yaml", variables: ["custmer": "Y"])
        }
        #expect(
            error.description
                == "s.yaml:3:12: variables: the scenario has no variable 'custmer'; did you mean 'customer'?"
        )
    }

    @Test(arguments: Action.allCases)
    func `every action can be written with its required members`(action: Action) throws {
        let schema = ActionSchema.of(action)
        var task: JSONObject = ["action": .string(action.rawValue)]
        for field in schema.fields where field.isRequired {
            task[field.name] = sample(field.type, MemberForm.of(field.name, in: action))
        }
        for group in schema.needsOneOf where !group.contains(where: { task[$0] != nil }) {
            task[group[0]] = schema.field(group[0]).map { sample($0.type) }
        }
        if action == .playwright { task = ["action": "playwright", "op": "click", "selector": "#a"] }
        let scenario = try Scenario(json: ["tasks": [.object(task)]])
        #expect(scenario.tasks[0].action == (action == .playwright ? .click : action))
    }

    private func sample(_ type: FieldType, _ form: MemberForm? = nil) -> JSONValue {
        switch form {
        case .receivers, .copies: return "anna@kunde.de"
        case .fileName: return "a.txt"
        case .pageAddress: return "https://x.example/"
        case .mediaType: return "text/csv"
        case .number(let range): return JSONValue(range.lowerBound)
        case .length: return "1cm"
        case .keyChord: return "Enter"
        case .time: return "2026-03-01"
        case .pause(let seconds): return .string("\(seconds)s")
        case .mailHeaders: return ["x-case": "1"]
        case .uploads: return "a.txt"
        case .clip: return ["x": 0, "y": 0, "width": 1, "height": 1]
        case .pageRanges: return "1"
        case .margin, .headers, .locale, .timeZone, .origin, .proxyServer, nil: break
        }
        return switch type {
        case .choice(let words): .string(words[0])
        case .integer(let range): JSONValue(range.lowerBound)
        case .boolean: true
        case .number: 1
        case .point: ["x": 1, "y": 2]
        case .textMap, .object: [:]
        case .choices: []
        default: "#a"
        }
    }
}
