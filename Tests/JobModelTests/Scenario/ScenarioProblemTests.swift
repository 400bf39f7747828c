import JSON
import JobModel
import Testing

struct ScenarioProblemTests {
    private func problems(_ text: String) throws -> String {
        try #require(throws: InvalidInput.self) { try Scenario(parsing: Array(text.utf8), file: "s.yaml") }.description
    }

    @Test func `collects what is wrong with tasks, in the order of the file`() throws {
        let text = """
            name: x
            tasks:
              - action: clik
                selector: "#a"
              - action: navigate
              - action: click
              - action: fill
                selector: "#a"
                txt: x
                timeout: soon
              - action: send_mail
                to: a@x.de
                subject: s
                text: t
                html: h
                page: main
              - selector: "#a"
              - action: wait_for
              - action: screenshot
                quality: 200
                format: gif
              - just text
            retries: 3
            """
        #expect(
            try problems(text) == """
                s.yaml:3:13: tasks[0].action: there is no action 'clik'; did you mean 'click'?
                s.yaml:5:13: tasks[1].action: there is no action 'navigate'; did you mean 'goto'?
                s.yaml:6:5: tasks[2]: click needs 'selector': the element
                s.yaml:7:5: tasks[3]: fill needs 'text': the new text; empty clears the field
                s.yaml:9:5: tasks[3].txt: fill has no member 'txt'; did you mean 'text'?
                s.yaml:10:14: tasks[3].timeout: must be a duration such as 30s, 2m or a number of seconds, is 'soon'
                s.yaml:11:5: tasks[4]: send_mail takes only one of text, html
                s.yaml:16:5: tasks[4].page: send_mail touches no page; leave 'page' out
                s.yaml:17:5: tasks[5]: a task needs 'action', such as goto, click, fill or send_mail
                s.yaml:18:5: tasks[6]: wait_for needs one of selector, text, url, load_state, function, popup_as
                s.yaml:20:14: tasks[7].quality: must be a whole number from 1 to 100, is 200
                s.yaml:21:13: tasks[7].format: must be one of png, jpeg, webp, is 'gif'
                s.yaml:22:5: tasks[8]: a task is an object with 'action', this is string
                s.yaml:23:1: retries: a scenario has no member 'retries'; it has tasks, name, description, intent, \
                variables, max_retries, retry, priority, timeout, no_progress, deadline, on_dialog, overlays, browser, outputs
                """
        )
    }

    @Test func `says what is wrong with overlays and with until`() throws {
        let text = """
            overlays:
              - { selector: "#a", click: "#b", press: Escape }
              - { click: "#b", time: 3 }
              - text
            tasks:
              - { action: click, selector: "#a", until: { selectr: "#b", within: soon } }
              - { action: click, selector: "#a", until: { within: 1 } }
              - { action: extract, selector: "#a", until: { url: x } }
              - { action: click, selector: "#a", until: "{{ variables.x }}" }
            variables: { x: 1 }
            """
        #expect(
            try problems(text) == """
                s.yaml:2:5: overlays[0]: an overlay is closed in one way: by click, press, or hide: true
                s.yaml:3:5: overlays[1]: an overlay needs 'selector': what covers the page while it is visible
                s.yaml:3:20: overlays[1].time: an overlay has no member 'time'; did you mean 'times'?
                s.yaml:4:5: overlays[2]: an overlay is an object with 'selector', this is string
                s.yaml:6:45: tasks[0].until: needs one of selector, state, text, equals, matches, value, count, url, title
                s.yaml:6:47: tasks[0].until.selectr: a condition has no member 'selectr'; did you mean 'selector'?
                s.yaml:6:70: tasks[0].until.within: must be a duration such as 30s, 2m or a number of seconds, is 'soon'
                s.yaml:7:45: tasks[1].until: needs one of selector, state, text, equals, matches, value, count, url, title
                s.yaml:8:40: tasks[2].until: extract changes no page; leave 'until' out, or give it to the task that does
                s.yaml:9:45: tasks[3].until: must hold no template; it is read before the job starts
                """
        )
    }

    @Test func `a task whose own member is until takes it`() throws {
        let text = """
            tasks:
              - { action: search_mail, from: anna@kunde.de, since: "2026-11-01T00:00:00Z", until: "2026-12-01T00:00:00Z" }
              - { action: search_mail, query: x, until: "2026-12-01T00:00:00Z" }
            """
        #expect(
            try problems(text) == "s.yaml:3:5: tasks[1]: search_mail takes only one of query, until"
        )
    }

    @Test func `names references that lead nowhere`() throws {
        let text = """
            variables: {customer: x}
            tasks:
              - {id: open, action: goto, url: "{{ variables.custmer }}"}
              - {id: rows, action: extract, selector: "#t", kind: table, depends_on: opn}
              - {action: fill, selector: "#a", text: "{{ tasks.rows.tabel[0].x }}"}
              - {action: fill, selector: "#a", text: "{{ tasks.pdf.artifact }}"}
              - {action: fill, selector: "#a", text: "{{ item }} {{ index }}"}
              - {id: self, action: fill, selector: "#a", text: "{{ tasks.self.status }}"}
              - {action: fill, selector: "#a", text: "{{ job.number }}"}
              - {action: fill, selector: "#a", text: "{{ variables.customer | uper }}"}
              - {id: loop, action: hash_file, path: x, for_each: "{{ tasks.rows.table }}"}
              - {action: fill, selector: "#a", text: "{{ tasks.loop.sha256 }}"}
              - {action: click, selector: "{{ variables.customer }}"}
              - {action: evaluate, script: "alert({{ variables.customer }})"}
              - {action: click, selector: "#a", clicks: "a {{ variables.customer }}", retries: "{{ variables.customer }}"}
            outputs: {key: "{{ secrets.portal }}"}
            """
        #expect(
            try problems(text) == """
                s.yaml:3:35: tasks[0].url: there is no variable 'custmer'; did you mean 'customer'?
                s.yaml:4:74: tasks[1].depends_on: there is no task 'opn'; did you mean 'open'?
                s.yaml:5:42: tasks[2].text: 'rows' has no output 'tabel'; did you mean 'table'? extract gives value, text, \
                html, count, table, status
                s.yaml:6:42: tasks[3].text: there is no task 'pdf'
                s.yaml:7:42: tasks[4].text: 'item' has a value only in a task with 'for_each'
                s.yaml:7:42: tasks[4].text: 'index' has a value only in a task with 'for_each'
                s.yaml:8:52: tasks[5].text: the task 'self' cannot use its own outputs
                s.yaml:9:42: tasks[6].text: there is no 'job.number'; there are id, name, tenant, attempt, submitted
                s.yaml:10:42: tasks[7].text: column 25 of '{{ variables.customer | uper }}': there is no filter 'uper'; \
                did you mean 'upper'?
                s.yaml:12:42: tasks[9].text: 'loop' has no output 'sha256'; a task with for_each gives items, status
                s.yaml:13:31: tasks[10].selector: 'variables.customer' cannot stand here in the selector: it would be \
                syntax; write for example text={{ … }} or css=[name="{{ … }}"]
                s.yaml:14:32: tasks[11].script: must hold no templates; hand values over by 'args'
                s.yaml:15:45: tasks[12].clicks: must be a whole number from 1 to 3; write one whole template without text \
                around it
                s.yaml:15:84: tasks[12].retries: must hold no template; it is read before the job starts
                s.yaml:16:16: outputs.key: a secret must not come back as an output
                """
        )
    }

    private static let single: [(String, String)] = [
        (
            "timeout: 0\nno_progress: 0.0001\nretry: {delay: 999d, policy: fixed}\nmax_retries: 1\n"
                + "tasks: [{action: reload, timeout: 0s, retry_delay: 0}, {action: reload, timeout: 99999999999999}]",
            "s.yaml:1:10: timeout: must be at least 1ms, is 0; write a longer one, or leave it out\n"
                + "s.yaml:2:14: no_progress: must be at least 1ms, is 0.0001; write a longer one, or leave it out\n"
                + "s.yaml:3:16: retry.delay: must be at most 366d, is '999d'; write a shorter one\n"
                + "s.yaml:5:35: tasks[0].timeout: must be at least 1ms, is '0s'; write a longer one, or leave it out\n"
                + "s.yaml:5:82: tasks[1].timeout: must be at most 366d, is 99999999999999; write a shorter one"
        ),
        (
            "tasks: [{action: hash_file, path: x, depends_on: 1}, {id: b, action: hash_file, path: x, depends_on: 0}]",
            "s.yaml:1:9: tasks[0]: these tasks wait for each other: t0 → b → t0; t0 waits for b (depends_on), "
                + "b waits for t0 (depends_on); take one of these away"
        ),
        (
            "tasks: [{id: a, action: hash_file, path: '{{ tasks.c.sha256 }}'}, {id: b, action: hash_file, path: x, "
                + "depends_on: a}, {id: c, action: hash_file, path: x, depends_on: b}]",
            "s.yaml:1:9: tasks[0]: these tasks wait for each other: a → c → b → a; a waits for c (uses its outputs), "
                + "c waits for b (depends_on), b waits for a (depends_on); take one of these away"
        ),
        (
            "tasks: [{id: a, action: click, selector: x, depends_on: b}, {id: b, action: click, selector: x}]",
            "s.yaml:1:57: tasks[0].depends_on: 'a' waits for 'b', but on page 'main' 'a' comes before 'b': tasks on one "
                + "page run in the listed order; swap them, or give one another page"
        ),
        (
            "tasks: [{id: a, action: hash_file, path: x, depends_on: [a, 7]}]",
            "s.yaml:1:58: tasks[0].depends_on[0]: the task 'a' depends on itself; leave it out\n"
                + "s.yaml:1:61: tasks[0].depends_on[1]: there is no task at position 7; positions go from 0 to 0"
        ),
        (
            "tasks:\n- {id: a, action: hash_file, path: x}\n- {id: a, action: hash_file, path: x}\n"
                + "- {id: 9, action: hash_file, path: x}\n- {id: t0, action: hash_file, path: x}",
            "s.yaml:3:8: tasks[1].id: 'a' is already the id of tasks[0]; give each its own\n"
                + "s.yaml:4:8: tasks[2].id: 9 is no id; use a letter, then letters, digits, '_' or '-', at most 64\n"
                + "s.yaml:5:8: tasks[3].id: 't0' is the name of the task at position 0; use another"
        ),
        (
            "tasks:\n- {id: one, action: click, selector: x, on_error: two}\n"
                + "- {id: c, action: click, selector: x, on_error: contine}",
            "s.yaml:2:51: tasks[0].on_error: must be fail, continue, or the id of a task; there is no task 'two'\n"
                + "s.yaml:3:49: tasks[1].on_error: must be fail, continue, or the id of a task; there is no task "
                + "'contine'; did you mean 'continue'?"
        ),
        (
            "tasks:\n- {id: a, action: click, selector: x, on_error: b}\n"
                + "- {id: b, action: click, selector: x, depends_on: a}",
            "s.yaml:3:3: tasks[1]: 'b' runs in place of 'a' and cannot wait for it; leave the dependency out"
        ),
        (
            "tasks:\n- {action: playwright, op: goto}\n- {action: playwright}\n- {action: playwright, op: send_mail}",
            "s.yaml:2:3: tasks[0]: goto needs 'url': absolute, http or https; or a page as data:text/html,…\n"
                + "s.yaml:3:3: tasks[1]: playwright needs 'op': the browser action to do, such as click\n"
                + "s.yaml:4:28: tasks[2].op: there is no browser action 'send_mail'"
        ),
        ("", "s.yaml: a scenario is an object with 'tasks'; there is nothing in it"),
        ("[]", "s.yaml:1:1: a scenario is an object with 'tasks'; this is array"),
        ("name: x", "s.yaml:1:1: a scenario needs 'tasks': what to do, at least one task"),
        ("tasks: []", "s.yaml:1:8: tasks: is empty; give at least one task"),
        ("tasks: {action: goto}", "s.yaml:1:8: tasks: must be an array of tasks, is object"),
        ("tasks: [\n", "s.yaml:2:1: while parsing a flow node, did not find expected node content"),
        (
            "on_dialog: maybe\ndeadline: tomorrow\npriority: 101\nbrowser: {vieport: {}}\n"
                + "tasks: [{action: close_page}]",
            "s.yaml:1:12: on_dialog: must be accept, dismiss, fail, or {accept, text, beforeunload}, is \"maybe\"\n"
                + "s.yaml:2:11: deadline: \"tomorrow\" is no RFC 3339 time; write it as 2026-03-01T08:30:00Z\n"
                + "s.yaml:3:11: priority: must be a whole number from -100 to 100, is 101\n"
                + "s.yaml:4:11: browser.vieport: browser has no member 'vieport'; did you mean 'viewport'?"
        ),
    ]

    @Test(arguments: single)
    func `says what is wrong`(text: String, message: String) throws {
        #expect(try problems(text) == message)
    }

    @Test func `holds written addresses, receivers and names of files against their form`() throws {
        let text = """
            tasks:
              - { action: goto, url: invoices }
              - { action: goto, url: "" }
              - { action: goto, url: 5 }
              - { action: playwright, op: download, url: /a.pdf }
              - { action: send_mail, to: abc, cc: "Anna <anna@kunde>", bcc: ["a@b.c, d@e.f", 5], subject: s, text: t }
              - { action: forward_mail, message_id: x, to: [] }
              - { action: write_file, path: ../x, text: t }
              - { action: move_file, path: a/b, to: "" }
            """
        #expect(
            try problems(text) == """
                s.yaml:2:26: tasks[0].url: must be an absolute address such as https://example.com/, is 'invoices'
                s.yaml:3:26: tasks[1].url: must be an absolute address such as https://example.com/, is ''
                s.yaml:4:26: tasks[2].url: must be an absolute address such as https://example.com/, is 5
                s.yaml:5:46: tasks[3].url: must be an absolute address such as https://example.com/, is '/a.pdf'
                s.yaml:6:30: tasks[4].to: must be a mail address such as anna@kunde.de, is 'abc'; write several as an array
                s.yaml:6:39: tasks[4].cc: must be a mail address such as anna@kunde.de, is 'Anna <anna@kunde>'; write \
                several as an array
                s.yaml:6:66: tasks[4].bcc[0]: must be a mail address such as anna@kunde.de, is 'a@b.c, d@e.f'; write \
                several as an array
                s.yaml:6:82: tasks[4].bcc[1]: must be a mail address such as anna@kunde.de, is 5; write several as an array
                s.yaml:7:48: tasks[5].to: is empty; give at least one mail address
                s.yaml:8:33: tasks[6].path: must be the name of a file, '../x' holds a path separator; files are named \
                inside the job, without directories
                s.yaml:9:32: tasks[7].path: must be the name of a file, 'a/b' holds a path separator; files are named \
                inside the job, without directories
                s.yaml:9:41: tasks[7].to: must be the name of a file, '' is empty; files are named inside the job, \
                without directories
                """
        )
    }

    @Test(arguments: [#"text/csv\r\nX-Y: z"#, "text", #"text/\x07"#])
    func `a type that no header field can hold is refused`(_ type: String) throws {
        let text = #"tasks: [{ action: write_file, path: a, text: t, content_type: "\#(type)" }]"#
        let found = try problems(text)
        #expect(found.contains("tasks[0].content_type: must be a media type such as text/csv, "), "\(found)")
    }

    @Test(arguments: [
        ("role=button[name=", "["), (#"role=button[name="OK]"#, "\""), ("a[href='x]", "'"), ("li:nth-child(2", "("),
        ("role=row >> css=a[", "["), ("//a[.='x'", "["), ("label='x", "'"), ("has=role=button[name", "["),
    ]) func `a selector that is not closed is refused wherever it stands`(_ selector: String, _ mark: String) throws {
        let task: JSONObject = ["action": "click", "selector": .string(selector)]
        let scenarios: [JSONObject] = [
            ["tasks": [.object(task)]],
            ["tasks": [["action": "screenshot", "mask": ["#a", .string(selector)]]]],
            ["tasks": [["action": "click", "selector": "#a", "until": ["selector": .string(selector)]]]],
            ["tasks": [["action": "reload"]], "overlays": [["selector": .string(selector), "hide": true]]],
        ]
        for scenario in scenarios {
            let error = #expect(throws: InvalidInput.self) { try Scenario(json: scenario) }
            #expect(error?.description.contains("leaves its \(mark) open; close it") == true, "\(scenario)")
        }
    }

    @Test(arguments: [
        "text=Preis [EUR", "text=it's", "role=button[name=It's]", "role=button[name=a (b]", "label=a (b",
        #"role=row[name="a [b"] >> css=td"#, "css=a:has(b[c='d'])", #"css=a\["#, "//a[.='it)s']",
    ]) func `a selector that only looks open is taken`(_ selector: String) {
        #expect(throws: Never.self) {
            try Scenario(json: ["tasks": [["action": "click", "selector": .string(selector)]]])
        }
    }

    @Test func `holds the place and the modes of browser against what the run takes`() throws {
        let text = """
            browser:
              geolocation: { latitude: 91, longitude: -180.5, accuracy: -1 }
              trace: yes
              recording: 1
            tasks: [{ action: reload }]
            """
        #expect(
            try problems(text) == """
                s.yaml:2:28: browser.geolocation.latitude: must be from -90 to 90, is 91
                s.yaml:2:43: browser.geolocation.longitude: must be from -180 to 180, is -180.5
                s.yaml:2:61: browser.geolocation.accuracy: must be from 0 to 100000, is -1
                s.yaml:3:10: browser.trace: must be one of on, off, on_failure, is 'yes'
                s.yaml:4:14: browser.recording: must be one of on, off, on_failure, is 1
                """
        )
    }

    @Test func `stops collecting at twenty`() throws {
        let text = "tasks:\n" + String(repeating: "  - action: nothing\n", count: 50)
        let error = try #require(throws: InvalidInput.self) { try Scenario(parsing: Array(text.utf8), file: nil) }
        #expect(error.problems.count == 20)
    }

    @Test func `too many tasks are refused`() throws {
        let task: JSONValue = ["action": "close_page"]
        let error = try #require(throws: InvalidInput.self) {
            try Scenario(json: ["tasks": .array(Array(repeating: task, count: 1001))])
        }
        #expect(error.description == "tasks: has 1001 tasks; 1000 are allowed")
    }
}
