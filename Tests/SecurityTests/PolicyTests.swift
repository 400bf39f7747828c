import Cryptography
import DomainNames
import FoundationEssentials
import JSON
import JobModel
import NetworkPolicy
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Security

struct PolicyTests {
    private func policies(_ text: String) throws -> Policies {
        try Policies(parsing: Array(text.utf8), file: "policies.yaml")
    }

    private func task(_ action: Action, text: String? = nil, _ fields: JSONObject = [:]) -> ToDo {
        var task = ToDo(id: "t", index: 0, action: action, fields: fields)
        task.text = text
        return task
    }

    private func rule(_ text: String, _ task: ToDo, tenant: String = "default") throws -> String? {
        let check = PolicyCheck(try policies(text)[tenant])
        do throws(PolicyDenial) {
            _ = try check.admit(task)
            return nil
        } catch {
            return error.rule
        }
    }

    @Test func `the example is a file of policies`() throws {
        let path = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/config/"
        for name in ["policies.example.yaml", "demo-policies.yaml"] {
            let bytes = try #require(FileManager.default.contents(atPath: path + name))
            let text = String(decoding: bytes, as: UTF8.self).replacing("PORTAL_PORT", with: "8080")
            #expect(try policies(text).standard.mail.domains != nil)
        }
        #expect(try policies("version: 1") == Policies())
    }

    @Test func `what is wrong is named with its line, all of it`() throws {
        let text = """
            version: 2
            default:
              actions: { deny: [evaluat, click] }
              network:
                open: ["192.168.1.5", "a:b:c"]
                hosts: portal.example
                privat: true
              mail: { domains: ["not a domain"], maximum_recipients: 0 }
              pii: { threshold: 2, rules: [{ kinds: [ibann], action: hide }] }
            tenants:
              acme: { scripts: maybe, requests: { key: often, address: 5/1m } }
            others: {}
            """
        let error = #expect(throws: InvalidInput.self) { _ = try policies(text) }
        let lines = error?.description.split(separator: "\n").map(String.init) ?? []
        for (line, word) in [
            (1, "version"), (3, "evaluat"), (5, "192.168.1.5"), (5, "a:b:c"), (6, "list"),
            (7, "did you mean 'private'"),
            (8, "not a domain"), (8, "maximum_recipients"), (9, "threshold"), (9, "ibann"),
            (9, "action"),
            (11, "true or false"), (11, "count/time"), (11, "'default' only"), (12, "others"),
        ] {
            #expect(lines.contains { $0.hasPrefix("policies.yaml:\(line):") && $0.contains(word) }, "\(line) \(word)")
        }
        #expect(throws: InvalidInput.self) { _ = try policies("default: [") }
    }

    @Test func `whoever is denied scripts is told how they are allowed`() throws {
        let check = PolicyCheck(try policies("default: { scripts: false }")["default"])
        let denial = #expect(throws: PolicyDenial.self) {
            try check.check(task(.evaluate, ["script": "1"]), isResolved: true)
        }
        for word in ["--allow-scripts", "CPA_BROWSER_SCRIPTS=true", "scripts: true", "scripts_denied"] {
            #expect(denial?.description.contains(word) == true, "\(word)")
        }
    }

    @Test func `a tenant's section takes the place of the default's`() throws {
        let both = try policies(
            """
            default:
              mail: { domains: [a.example], maximum_recipients: 2 }
              actions: { deny: [evaluate] }
              network: { private: true, hosts: [a.example] }
            tenants: { acme: { mail: { domains: [b.example] }, network: { open: ["b.lan:443"] } } }
            """
        )
        #expect(both["acme"].mail.domains?.map(\.description) == ["b.example"])
        #expect(both["acme"].mail.maximumRecipients == TenantPolicy.Mail().maximumRecipients)
        #expect(both["acme"].deniedActions == ["evaluate"])
        #expect(both["acme"].network.hosts == nil && !both["acme"].network.allowsPrivate)
        #expect(both["other"].mail.domains?.map(\.description) == ["a.example"] && both["other"].network.allowsPrivate)
    }

    @Test(arguments: [
        ("actions: { deny: [write_file] }", "write_file", "action_denied"),
        ("actions: { allow: [click] }", "write_file", "action_not_allowed"),
        ("actions: { deny: [click] }", "playwright", "action_denied"), ("scripts: false", "evaluate", "scripts_denied"),
        ("scripts: false", "wait_for", "scripts_denied"), ("apps: [notepad]", "open_app", "app_not_allowed"),
        ("network: { hosts: [a.example] }", "goto", "host_not_allowed"),
        ("network: { block: [b.example] }", "goto", "host_blocked"),
        ("upload: { maximum_files: 1 }", "upload", "upload_files"),
    ])
    func `a rule keeps what it names, by its name`(section: String, action: String, rule: String) throws {
        let fields: JSONObject = [
            "op": "click", "function": "() => 1", "app": "calc", "url": "https://b.example/", "files": ["a", "b"],
        ]
        let task = task(try #require(Action(rawValue: action)), fields)
        #expect(try self.rule("default: { \(section) }", task) == rule)
        #expect(try self.rule("default: {}", task) == nil, "the control: without the rule it may")
    }

    @Test(arguments: [
        ("a@kunde.example", true), ("Anna <a@KUNDE.example>", true), ("a@kunde.example.", true),
        ("a@sub.haus.example", true),
        ("a@haus.example", true), ("a@evilkunde.example", false), ("a@kunde.example.evil", false),
        ("\"x@kunde.example\"@evil.example", false), ("{{x}}@evil.example", false),
        ("a@sub.kunde.example", false), ("a", false), ("a@kunde.example,b@evil.example", false),
    ])
    func `mail goes to allowed domains only`(to: String, isAllowed: Bool) throws {
        let text = "default: { mail: { domains: [kunde.example, \"*.haus.example\"], maximum_recipients: 2 } }"
        for (member, action) in [("to", Action.sendMail), ("cc", .replyMail), ("bcc", .forwardMail)] {
            let rule = try rule(text, task(action, [member: .array([.string(to)])]))
            #expect(rule == (isAllowed ? nil : "mail_domain"), "\(member)")
        }
        let many = task(.sendMail, ["to": ["a@kunde.example", "b@kunde.example"], "cc": "c@kunde.example"])
        #expect(try rule(text, many) == "mail_recipients")
    }

    @Test func `personal data is let through, blackened or kept, as the rules say`() throws {
        let text = """
            default:
              pii:
                rules:
                  - { kinds: [email], where: [mail], action: allow }
                  - { kinds: [iban], where: [mail], action: mask }
                  - { kinds: [card], action: block }
                  - { kinds: [tax_id], where: [page], action: require_approval }
            """
        let check = PolicyCheck(try policies(text)["default"])
        let mail = try check.admit(
            task(
                .sendMail,
                text: "an anna@kunde.example: DE89 3704 0044 0532 0130 00",
                ["subject": "DE89370400440532013000"]
            )
        )
        #expect(mail.text == "an anna@kunde.example: [iban …3000]")
        #expect(mail.fields["subject"] == "[iban …3000]")
        for action in [Action.sendMail, .replyMail, .forwardMail] {
            #expect(try rule(text, task(action, text: "Karte 4111111111111111")) == "pii_card")
        }
        #expect(try rule(text, task(.writeFile, ["content": ["n": ["Visa 4111 1111 1111 1111"]]])) == "pii_card")
        let fields: [JSONObject] = [
            ["content": ["DE89370400440532013000": "x"]], ["path": "DE89370400440532013000.txt"],
            ["base64": .string(Base64.encode(Array("IBAN DE89370400440532013000".utf8)))],
        ]
        let blocking = "default: { pii: { rules: [{ kinds: [iban], where: [file], action: block }] } }"
        for fields in fields { #expect(try rule(blocking, task(.writeFile, fields)) == "pii_iban", "\(fields)") }
        #expect(try rule(blocking, task(.moveFile, ["to": "DE89370400440532013000.txt"])) == "pii_iban")
        #expect(try rule(blocking, task(.writeFile, ["base64": "/9j/4AAQ"])) == nil)
        #expect(try rule(text, task(.fill, text: "Steuer-ID 36574261809")) == "pii_tax_id")
        #expect(try rule(text, task(.fill, text: "DE89370400440532013000")) == nil)
        let denial = #expect(throws: PolicyDenial.self) {
            _ = try check.admit(variables: ["a": ["b": 4_111_111_111_111_111]])
        }
        #expect(denial?.field == "a")
        #expect(try check.admit(variables: ["a": "x"]) == ["a": "x"])
    }

    @Test(arguments: [
        ("screenshot", "name"), ("pdf", "name"), ("download", "name"), ("storage_state", "name"), ("har", "name"),
        ("write_file", "path"), ("move_file", "to"), ("playwright", "name"),
    ])
    func `personal data in the name of a file denies the step, and is not blackened there`(
        action: String,
        member: String
    ) throws {
        let task = task(
            try #require(Action(rawValue: action)),
            ["op": "pdf", member: "IBAN DE89370400440532013000.pdf"]
        )
        for rule in ["block", "mask", "require_approval"] {
            let text = "default: { pii: { rules: [{ kinds: [iban], where: [file], action: \(rule) }] } }"
            let check = PolicyCheck(try policies(text)["default"])
            let denial = #expect(throws: PolicyDenial.self) { _ = try check.admit(task) }
            #expect(denial?.rule == "pii_iban" && denial?.field == member, "\(rule)")
            #expect(denial?.message.contains("'\(member)' names a file") == true, "\(rule)")
        }
        #expect(try rule("default: { pii: { rules: [{ kinds: [iban], where: [mail], action: block }] } }", task) == nil)
    }

    @Test func `header fields are looked at when a mail is submitted, beside templates too`() throws {
        let scenario = try Scenario(json: [
            "name": "n", "variables": ["who": "x"],
            "tasks": [
                [
                    "id": "a", "action": "send_mail", "to": "a@kunde.example", "subject": "s", "text": "t",
                    "headers": ["x-who": "{{ variables.who }}", "x-card": "4111111111111111"],
                ],
                ["id": "b", "action": "pdf", "name": "Karte 4111111111111111.pdf"],
                [
                    "id": "c", "action": "send_mail", "to": "a@kunde.example", "subject": "s", "text": "t",
                    "headers": ["x-who": "{{ variables.who }}", "x-order": "4711"],
                ],
            ],
        ])
        for action in ["block", "mask"] {
            let text = "default: { pii: { rules: [{ kinds: [card], action: \(action) }] } }"
            let found = PolicyCheck(try policies(text)["default"]).denials(of: scenario)
            let places = found.map { "\($0.pointer) \($0.denial.rule)" }
            #expect(places == ["/tasks/0/headers pii_card", "/tasks/1/name pii_card"], "\(action)")
        }
    }

    @Test func `a download's limit is the smaller one`() throws {
        let check = PolicyCheck(try policies("default: { download: { maximum_bytes: 100 } }")["default"])
        #expect(try check.admit(task(.download)).fields["max_bytes"] == 100)
        #expect(try check.admit(task(.download, ["max_bytes": 5])).fields["max_bytes"] == 5)
        #expect(try check.admit(task(.download, ["max_bytes": 500])).fields["max_bytes"] == 100)
    }

    @Test func `a denial names the member of the task it is about`() throws {
        let check = PolicyCheck(
            try policies(
                """
                default:
                  actions: { deny: [click] }
                  scripts: false
                  apps: [calc]
                  mail: { domains: [a.example], maximum_recipients: 2 }
                  upload: { maximum_files: 1 }
                """
            )["default"]
        )
        func field(_ task: ToDo) throws -> String? {
            do throws(PolicyDenial) { try check.check(task, isResolved: false) } catch { return error.field }
            return "none"
        }
        #expect(try field(task(.click)) == "action")
        #expect(try field(task(.playwright, ["op": "click"])) == "op")
        #expect(try field(task(.evaluate)) == "action")
        #expect(try field(task(.waitFor, ["function": "() => 1"])) == "function")
        #expect(try field(task(.openApp, ["app": "sh"])) == "app")
        #expect(try field(task(.upload, ["files": ["a", "b"]])) == "files")
        #expect(try field(task(.sendMail, ["to": "x@a.example", "cc": ["y@b.example"]])) == "cc")
        #expect(try field(task(.sendMail, ["to": "x@a.example", "bcc": ["1@a.example", "2@a.example"]])) == "bcc")
    }

    @Test func `a scenario is checked as far as it shows, with the place`() throws {
        let scenario = try Scenario(json: [
            "name": "x", "browser": ["routes": [["url": "**", "modify": ["url": "file:///etc/passwd"]]]],
            "variables": ["url": "https://b.example"],
            "tasks": [
                ["action": "goto", "url": "https://a.example/"], ["action": "goto", "url": "{{ variables.url }}"],
                ["action": "goto", "url": "http://169.254.169.254/"], ["action": "click", "selector": "a"],
            ],
        ])
        let check = PolicyCheck(
            try policies("default: { network: { hosts: [a.example, 169.254.169.254] } }")["default"]
        )
        let found = check.denials(of: scenario).map { "\($0.pointer) \($0.denial.rule)" }
        #expect(
            found == [
                "/tasks/1/url host_not_allowed", "/tasks/2/url metadata", "/browser/routes/0/modify/url scheme",
            ]
        )
    }

    @Test func `a submission is checked with what its variables say already, and for personal data in plain words`()
        throws
    {
        let scenario = try Scenario(json: [
            "name": "n", "variables": ["host": "b.example", "who": "evil@evil.example", "other": ["x@kunde.example"]],
            "tasks": [
                ["id": "a", "action": "goto", "url": "https://{{ variables.host }}/"],
                [
                    "id": "b", "action": "send_mail", "to": ["x@kunde.example", "{{ variables.who }}"], "subject": "s",
                    "text": "t",
                ],
                ["id": "c", "action": "send_mail", "to": "{{ variables.other }}", "subject": "s", "text": "t"],
                ["id": "d", "action": "send_mail", "to": "{{ tasks.c.to }}", "subject": "s", "text": "t"],
                ["id": "e", "action": "write_file", "path": "e.txt", "text": "IBAN DE89370400440532013000"],
                [
                    "id": "f", "action": "write_file", "path": "f.txt",
                    "text": "{{ variables.host }} DE89370400440532013000",
                ],
            ],
        ])
        let text = """
            default:
              network: { hosts: [a.example] }
              mail: { domains: [kunde.example] }
              pii: { rules: [{ kinds: [iban], where: [file], action: block }] }
            """
        let found = PolicyCheck(try policies(text)["default"]).denials(of: scenario)
        #expect(
            found.map { "\($0.pointer) \($0.denial.rule)" } == [
                "/tasks/0/url host_not_allowed", "/tasks/1/to mail_domain", "/tasks/4 pii_iban",
            ]
        )
    }

    @Test func `a task that may be skipped is not judged by what its variables say, one that will run is`() throws {
        let scenario = try Scenario(json: [
            "name": "n", "variables": ["off": "", "on": true, "url": "http://127.0.0.1/"],
            "tasks": [
                ["action": "goto", "url": "{{ variables.off }}", "when": "{{ variables.off }}"],
                ["action": "goto", "url": "{{ variables.url }}", "when": "{{ tasks.t0.status }}"],
                ["action": "goto", "url": "{{ variables.url }}", "when": "{{ variables.on }}"],
            ],
        ])
        #expect(PolicyCheck(TenantPolicy()).denials(of: scenario).map(\.pointer.description) == ["/tasks/2/url"])
    }

    @Test func `a changed file holds when it rests; a broken or empty one keeps the old and says so`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/policies.yaml"
            func write(_ text: String) { _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) }
            write("default: { scripts: false }")
            let log = MemoryLogSink()
            let source = try PolicySource(path: path, base: TenantPolicy(), interval: .zero, logger: .init(sink: log))
            /// What holds at the first look after a change, and at the second.
            func scripts() -> [Bool?] { (0..<2).map { _ in source["default"].scripts } }
            #expect(scripts() == [false, false])
            write("default: { scripts: true }   ")
            #expect(scripts() == [false, true])
            write("default: { scripts: perhaps }")
            #expect(scripts() == [true, true])
            #expect(source.problem?.contains("policies.yaml:1") == true)
            #expect(log.lines.filter { $0.message.contains("old ones hold") }.count == 1)
            try FileManager.default.removeItem(atPath: path)
            #expect(scripts() == [true, true])
            write("default: { scripts: false }      ")
            #expect(scripts() == [true, false])
            #expect(source.problem == nil)
            for text in ["", "# nothing\n", "null", "---\n"] {
                write(text)
                #expect(scripts() == [false, false], "\(text)")
                #expect(source.problem?.contains("version: 1") == true, "\(text)")
            }
            write("version: 1")
            #expect(scripts() == [false, nil])
        }
    }

    @Test func `a file that was changed a while ago holds at the first look, however long nobody looked`() async throws
    {
        try await withTemporaryDirectory { directory in
            let path = directory + "/policies.yaml"
            func write(_ text: String, age: TimeInterval) throws {
                _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
                let time = Date().addingTimeInterval(-age)
                try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
            }
            try write("default: { scripts: false }", age: 60)
            let source = try PolicySource(path: path, base: TenantPolicy(), interval: .zero)
            try write("default: { scripts: true }   ", age: 5)
            #expect(source["default"].scripts == true)
            // A clock that was set back must not keep a change from ever holding.
            try write("version: 1", age: -3600)
            #expect((0..<2).map { _ in source["default"].scripts } == [true, nil])
        }
    }

    @Test func `a file that is still being written is not read`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/policies.yaml"
            func write(_ text: String) { _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) }
            write("default: { scripts: false }")
            let source = try PolicySource(path: path, base: TenantPolicy(), interval: .zero)
            for length in 1..<30 {
                write("version: 1" + String(repeating: "\n", count: length))
                #expect(source["default"].scripts == false)
            }
            #expect(source["default"].scripts == nil)
        }
    }

    @Test func `a port of ours is named as one, not as what the policies could open`() throws {
        let check = PolicyCheck(TenantPolicy()) { _, port in port == 6379 }
        for (port, rule, word) in [(6379, "own_port", "nothing opens it"), (6380, "loopback", "can open it")] {
            let error = #expect(throws: PolicyDenial.self) {
                try check.check(task(.goto, ["url": .string("http://127.0.0.1:\(port)/")]), isResolved: true)
            }
            #expect(error?.rule == rule && error?.message.contains(word) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `an opening that opens nothing is shown as such`() throws {
        let text = """
            default:
              network:
                open: ["169.254.169.254:80", "169.254.0.0/16:*", "metadata.google.internal:80", "224.0.0.1:1", "10.0.0.5:80", "0.0.0.0/0:80"]
            """
        let network = try policies(text).standard.summary.first { $0.name == "network" }?.text ?? ""
        for place in ["169.254.169.254:80", "169.254.0.0/16:*", "metadata.google.internal:80"] {
            #expect(network.contains("\(place) (stays closed: nothing opens it, rule 'metadata')"), "\(network)")
        }
        #expect(network.contains("224.0.0.1:1 (stays closed: nothing opens it, rule 'reserved')"), "\(network)")
        #expect(network.contains("10.0.0.5:80, 0.0.0.0/0:80;"), "\(network)")
    }
}
