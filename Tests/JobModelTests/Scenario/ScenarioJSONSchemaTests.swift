import FoundationEssentials
import JSON
import Testing
import YAML

@testable import JobModel

@Suite struct ScenarioJSONSchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private let check = JSONSchemaCheck(root: ScenarioJSONSchema.json)

    private func isValid(_ text: String) throws -> (scenario: Bool, schema: Bool) {
        let document = try JSONDocument(parsingYAML: Array(text.utf8), file: "x.yaml")
        let scenario = (try? Scenario(parsing: Array(text.utf8), file: "x.yaml")) != nil
        return (scenario, check.isValid(document.value))
    }

    @Test func `shipped scenarios and whole examples of the docs are valid by both`() throws {
        let folder = Self.root.appending(path: "scenarios")
        var texts = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
        let docs = try String(contentsOf: Self.root.appending(path: "docs/scenarios.md"), encoding: .utf8)
        texts += docs.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            let example = $0.components(separatedBy: "```")[0]
            return (try? Scenario(parsing: Array(example.utf8), file: "x.yaml")) == nil ? nil : example
        }
        #expect(texts.count >= 4)
        for text in texts {
            let (scenario, schema) = try isValid(text)
            #expect(scenario && schema, "\(text)")
        }
    }

    @Test(arguments: [
        "tasks: [{action: goto, url: 'https://x.example/', timeout: 30s, retries: 2, retry: {policy: fixed}}]",
        "tasks: [{action: goto, url: 'https://x.example/', timeout: 8, page: other, description: words}]",
        "priority: 5\nmax_retries: 2\ntimeout: 10m\ntasks: [{action: click, selector: '#a', id: a, on_error: continue}]",
        "variables: {n: 1}\ntasks: [{action: fill, selector: '#a', text: 5}, {action: click, selector: '#b'}]",
        "variables: {n: 1}\ntasks: [{action: click, selector: '#b', retries: 1, when: '{{ variables.n }}'}]",
        "browser: {viewport: {width: 800, height: 600}, locale: de-DE, touch: true}\ntasks: [{action: reload}]",
        "tasks: [{action: playwright, op: click, selector: '#a'}]",
        "tasks: [{action: goto, url: 'data:text/html,<p>'}, {action: goto, url: 'HTTPS://x/'}]",
        "variables: {n: 1}\ntasks: [{action: goto, url: '{{ variables.n }}/a'}]",
        "tasks: [{action: pdf, scale: 0.1, width: 800, height: 8.27in, margin: {top: 1cm, left: 5}, pages: '1-3, 5,7-'}]",
        "tasks: [{action: pdf, margin: null, pages: 3, name: 5}, {action: goto, url: 'about:blank', executor: browser}]",
        "tasks: [{action: press, key: 5}, {action: press, key: Control++}, {action: playwright, op: press, key: a}]",
        "variables: {n: 1}\ntasks: [{action: pdf, scale: '{{ variables.n }}', margin: '{{ variables.n }}cm', name: '{{ variables.n }}'}]",
        "tasks: [{action: search_mail, since: '2026-03-01T08:30:00Z'}, {action: trace_mail, internet_message_id: a@b, every: 3s}]",
        "tasks: [{action: send_mail, to: a@b.c, subject: s, text: t, headers: {X-A: 1}, attachments: [a.b]}]",
        "tasks: [{action: upload, selector: '#a', files: [a.txt, {name: b, content: ''}]}, {action: screenshot, name: a}]",
        "variables: {n: 1}\ntasks: [{action: upload, selector: '#a', files: '{{ variables.n }}'}]",
        "tasks: [{action: send_mail, to: 'A B <a@b.c>', cc: [], bcc: [a@b.c, ä@ö.de], subject: s, text: t}]",
        "variables: {n: 1}\ntasks: [{action: send_mail, to: ['{{ variables.n }}'], subject: s, text: t}]",
        "tasks: [{action: write_file, path: a, text: t, content_type: text/csv; charset=utf-8}]",
        "variables: {n: 1}\ntasks: [{action: write_file, path: a, text: t, content_type: '{{ variables.n }}'}]",
        "tasks: [{action: hash_file, path: 5}, {action: move_file, path: a.b, to: größe 2.txt, depends_on: 0}]",
        "timeout: 1m30s\nno_progress: 0.001\ntasks: [{action: reload, timeout: 1ms, retries: 1, retry_delay: 0}]",
    ]) func `what is valid is valid by both`(_ text: String) throws {
        let (scenario, schema) = try isValid(text)
        #expect(scenario && schema)
    }

    @Test(arguments: [
        "name: x", "tasks: []", "tasks: {}", "tasks: [x]", "tasks: [{}]", "tasks: [{action: clik, selector: '#a'}]",
        "tasks: [{action: goto}]", "tasks: [{action: goto, url: x}]", "tasks: [{action: goto, url: 5}]",
        "tasks: [{action: send_mail, to: abc, subject: s, text: t}]",
        "tasks: [{action: send_mail, to: [], subject: s, text: t}]",
        "tasks: [{action: send_mail, to: [a@b], subject: s, text: t}]", "tasks: [{action: hash_file, path: ../x}]",
        "tasks: [{action: write_file, path: a, text: t, content_type: text}]",
        "tasks: [{action: write_file, path: a, text: t, content_type: \"a/b\\nX: y\"}]",
        "tasks: [{action: hash_file, path: ''}]", "tasks: [{action: goto, url: ''}]\ntaks: 1",
        "tasks: [{action: click, selector: '#a', retires: 2}]", "tasks: [{action: click, selector: '#a', retries: 21}]",
        "tasks: [{action: click, selector: '#a', retries: x}]",
        "tasks: [{action: click, selector: '#a', timeout: soon}]",
        "tasks: [{action: click, selector: [1]}]", "tasks: [{action: hash_file, path: a, page: main}]",
        "priority: 101\ntasks: [{action: reload}]", "browser: {viewpoint: {}}\ntasks: [{action: reload}]",
        "browser: {color_scheme: blue}\ntasks: [{action: reload}]", "browser: []\ntasks: [{action: reload}]",
        "tasks: [{action: click, selector: '#a', executor: robot}]", "tasks: [{action: send_mail}]",
        "retry: {policy: never}\ntasks: [{action: reload}]", "max_retries: -1\ntasks: [{action: reload}]",
        "overlays: [{click: '#a'}]\ntasks: [{action: reload}]",
        "timeout: 0\ntasks: [{action: reload}]", "no_progress: 0s\ntasks: [{action: reload}]",
        "tasks: [{action: goto, url: 'ftp://x'}]", "tasks: [{action: download, url: 'file:///etc/passwd'}]",
        "tasks: [{action: pdf, scale: 5}]", "tasks: [{action: pdf, width: foo}]", "tasks: [{action: pdf, margin: zz}]",
        "tasks: [{action: pdf, margin: {tpo: 1cm}}]", "tasks: [{action: pdf, margin: {top: x}}]",
        "tasks: [{action: pdf, pages: a-b}]", "tasks: [{action: press, key: ''}]",
        "tasks: [{action: search_mail, since: foo}]",
        "tasks: [{action: send_mail, to: a@b.c, subject: s, text: t, headers: {foo: bar}}]",
        "tasks: [{action: send_mail, to: a@b.c, subject: s, text: t, headers: {x-a: 1, x-b: 1, x-c: 1, x-d: 1, x-e: 1}}]",
        "tasks: [{action: trace_mail, internet_message_id: a@b, every: 1}]",
        "tasks: [{action: goto, url: 'https://x/', executor: mail}]",
        "tasks: [{action: upload, selector: '#a', files: 5}]",
        "tasks: [{action: screenshot, name: ''}]", "tasks: [{action: screenshot, name: ../x}]",
        "tasks: [{action: screenshot, clip: {x: 1}}]",
        "tasks: [{action: reload, timeout: 0.0001}]", "tasks: [{action: reload, timeout: 99999999999999}]",
    ]) func `what is wrong in members, types and words is wrong by both`(_ text: String) throws {
        let (scenario, schema) = try isValid(text)
        #expect(!scenario && !schema, "valid by \(scenario ? "cpa validate" : "the schema")")
    }

    private static let task = "tasks: [{action: reload}]"

    @Test(arguments: [
        "timeout: 1h30m", "timeout: 500ms", "timeout: 1.5h", "timeout: '8'", "timeout: 1", "no_progress: 1.s",
        "deadline: 2026-03-01T08:30:00Z", "deadline: '2026-03-01 09:30:00.250+01:00'", "name: 5", "on_dialog: fail",
        "on_dialog: {accept: true, text: x, beforeunload: accept}", "browser: {viewport: {width: 8192, scale: 1.5}}",
        "browser: {geolocation: {latitude: 1, longitude: 2}}", "browser: {trace: on, recording: false}",
        "browser: {trace: on_failure, recording: null}", "browser: {geolocation: {latitude: -90, longitude: 180.0}}",
        "browser: {headers: {a: 5}, block: ['*.png', x]}",
        "browser: {routes: [{url: x, fulfil: {status: 204}}, {url: y, abort: failed}, {url: z, modify: {method: GET}}]}",
        "browser: {proxy: {server: '{{ secrets.proxy }}'}}", "browser: {proxy: {server: 'localhost:3128'}}",
        "browser: {timezone: America/Argentina/Buenos_Aires, locale: zh-Hans-CN, har: x}",
        "browser: {http_credentials: {origin: 'https://x:8443/', username: u, password: p}}",
        "browser: {timezone: '{{ secrets.a }}', locale: '{{ secrets.a }}'}",
        "browser: {routes: [{url: x, fulfil: {headers: {A-b: 1}}}, {url: z, modify: {headers: {A: null}}}]}",
        "overlays: [{selector: '#a', hide: true}, {selector: '#b', press: x}]",
        "retry: {policy: list, delays: [1s, 2]}", "retry: {factor: 10, jitter: 0}\nmax_retries: 1",
        "retry: {on: application}\nmax_retries: 1",
    ]) func `what is valid around tasks is valid by both`(_ text: String) throws {
        let (scenario, schema) = try isValid("\(text)\n\(Self.task)")
        #expect(scenario && schema, "valid by \(scenario ? "cpa validate" : schema ? "the schema" : "none")")
    }

    @Test(arguments: [
        "timeout: 5 parsecs", "timeout: 5 s", "timeout: 1..5s", "timeout: .5s", "timeout: 5S", "timeout: 1h30",
        "timeout: ''",
        "timeout: 1m30", "timeout: -1", "timeout: 31622401", "timeout: '{{ variables.t }}'\nvariables: {t: 5}",
        "priority: '{{ variables.t }}'\nvariables: {t: 5}", "deadline: '2026'", "deadline: 2026-13-01T00:00:00Z",
        "deadline: 2026-03-01T08:30:00", "deadline: 5", "on_dialog: maybe", "on_dialog: {accept: yes}",
        "on_dialog: {ok: true}",
        "browser: {viewport: {width: 0}}", "browser: {viewport: {height: 8193}}", "browser: {viewport: {widht: 5}}",
        "browser: {viewport: []}", "browser: {geolocation: {latitude: 1}}",
        "browser: {http_credentials: {origin: 'https://x'}}",
        "browser: {geolocation: {latitude: 91, longitude: 2}}", "browser: {trace: yes}", "browser: {recording: 1}",
        "browser: {locale: xx_YY_zz}", "browser: {timezone: 'Foo Bar'}", "browser: {headers: {a b: c}}",
        "browser: {http_credentials: {origin: foo, username: u, password: p}}", "browser: {proxy: {server: foo}}",
        "browser: {viewport: {scale: 9}}", "browser: {har: a/b}",
        "browser: {routes: [{url: z, modify: {headers: {'a:': null}}}]}",
        "browser: {proxy: {}}", "browser: {routes: {}}", "browser: {routes: [{url: x}]}",
        "browser: {touch: '{{ variables.t }}'}",
        "browser: {routes: [{url: x, abort: failed, fulfil: {}}]}",
        "browser: {routes: [{url: x, fulfil: {status: 99}}]}",
        "browser: {routes: [{url: x, fulfil: {body: a, json: {}}}]}",
        "browser: {routes: [{url: x, modify: {verb: GET}}]}",
        "overlays: [{selector: '#a'}]", "overlays: [{selector: '#a', click: '#b', press: x}]",
        "overlays: [{selector: '#a', hide: false}]", "retry: {delays: []}", "retry: {delays: [soon]}",
        "retry: {delays: 5}",
        "retry: {factor: 11}\nmax_retries: 1", "retry: {jitter: 2}\nmax_retries: 1",
        "retry: {delay: '1'}\nmax_retries: 101",
    ]) func `what is wrong around tasks is wrong by both`(_ text: String) throws {
        let (scenario, schema) = try isValid("\(text)\n\(Self.task)")
        #expect(!scenario && !schema, "valid by \(scenario ? "cpa validate" : "the schema")")
    }

    @Test(arguments: [
        "id: a", "id: _a-9", "id: größe", "id: \(String(repeating: "a", count: 64))", "depends_on: [first, 0]",
        "depends_on: first",
        "depends_on: 0", "timeout: 1m30s", "page: other", "on_error: first", "for_each: [1, 2]",
        "when: '{{ variables.n }}'",
        "button: '{{ variables.n }}'", "until: {selector: '#b', state: visible}", "retry: {policy: list, delays: [1s]}",
        "once: true",
        "until: {selector: '#b', text: '{{ variables.n }}'}", "description: '{{ variables.n }}'",
    ]) func `what is valid in a task is valid by both`(_ member: String) throws {
        let (scenario, schema) = try isValid(Self.second(member))
        #expect(scenario && schema, "valid by \(scenario ? "cpa validate" : schema ? "the schema" : "none")")
    }

    @Test(arguments: [
        "id: a b", "id: ''", "id: 5", "id: 9a", "id: -a", "id: a.b", "id: größe!",
        "id: \(String(repeating: "a", count: 65))",
        "depends_on: -1", "depends_on: 0.5", "depends_on: {}", "depends_on: [[first]]", "depends_on: true",
        "timeout: 5 parsecs",
        "timeout: '{{ variables.n }}'", "retries: '{{ variables.n }}'", "once: '{{ variables.n }}'",
        "executor: '{{ variables.n }}'",
        "retry_delay: '{{ variables.n }}'", "button: ' {{ variables.n }}'", "button: '{{ variables.n }}x'", "until: {}",
        "until: {selektor: '#b'}", "until: '{{ variables.n }}'", "until: {selector: ''}",
        "retry: {policy: list, delays: [x]}",
    ]) func `what is wrong in a task is wrong by both`(_ member: String) throws {
        let (scenario, schema) = try isValid(Self.second(member))
        #expect(!scenario && !schema, "valid by \(scenario ? "cpa validate" : schema ? "the schema" : "none")")
    }

    /// A scenario whose second task has a member.
    private static func second(_ member: String) -> String {
        """
        variables: {n: 1}
        tasks:
          - {id: first, action: reload, description: '{{ variables.n }}'}
          - action: click
            selector: '#a'
            \(member)
        """
    }

    @Test func `every member of every table stands in the schema, with its words`() {
        let json = JSONValue.object(ScenarioJSONSchema.json)
        for action in Action.allCases {
            for field in ActionSchema.of(action).fields {
                let place = json["$defs"]?[action.rawValue]?["properties"]?[field.name]
                #expect(place?["description"] == .string(field.summary), "\(action.rawValue).\(field.name)")
            }
        }
        for field in ScenarioSchema.fields {
            #expect(json["properties"]?[field.name]?["description"] == .string(field.summary), "\(field.name)")
        }
    }
}
