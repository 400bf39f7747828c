import JSON
import JobModel
import Testing

/// What can be known of a value before the run is said before the run.
@Suite struct ScenarioFormTests {
    private func problems(_ scenario: JSONObject) throws -> String {
        try #require(throws: InvalidInput.self) { try Scenario(json: scenario) }.description
    }

    private static let tasks: [(JSONObject, String)] = [
        (["action": "pdf", "scale": 5], "scale: must be from 0.1 to 2, is 5"),
        (["action": "pdf", "width": "foo"], "width: must be a length such as 1cm, 10mm, 0.4in or 96px, is 'foo'"),
        (
            ["action": "pdf", "margin": "zz"],
            "margin: must be a length such as 1cm, or {top, right, bottom, left} with lengths, is 'zz'"
        ),
        (
            ["action": "pdf", "margin": ["1cm"]],
            "margin: must be a length such as 1cm, or {top, right, bottom, left} with lengths, is an array"
        ),
        (
            ["action": "pdf", "margin": ["top": "x"]],
            "margin.top: must be a length such as 1cm, 10mm, 0.4in or 96px, is 'x'"
        ),
        (["action": "pdf", "margin": ["tpo": "1cm"]], "margin.tpo: a margin has no side 'tpo'; did you mean 'top'?"),
        (["action": "pdf", "pages": "a-b"], "pages: must be pages such as 1-3,5, is 'a-b'"),
        (["action": "pdf", "pages": "3-1"], "pages: must be pages such as 1-3,5, is '3-1'"),
        (["action": "pdf", "pages": "0"], "pages: must be pages such as 1-3,5, is '0'"),
        (
            ["action": "goto", "url": "ftp://x"],
            "url: the scheme 'ftp:' of 'ftp://x' is not for pages; write http://…, https://…, about:blank, or a page as "
                + "data:text/html,…"
        ),
        (
            ["action": "playwright", "op": "download", "url": "file:///etc/passwd"],
            "url: the scheme 'file:' of 'file:///etc/passwd' is not for pages; write http://…, https://…, about:blank, or a "
                + "page as data:text/html,…"
        ),
        (
            ["action": "press", "key": "Foo+Bar"],
            "key: must be a key or a chord, is 'Foo+Bar': 'Foo' is no modifier; use Control, Shift, Alt or Meta"
        ),
        (["action": "press", "key": ""], "key: is empty; name a key such as Enter, or a chord such as Control+A"),
        (
            ["action": "press", "key": "Entr"],
            "key: must be a key or a chord, is 'Entr': there is no key 'Entr'; did you mean 'Enter'?"
        ),
        (
            ["action": "press", "key": "Control+ä"],
            "key: must be a key or a chord, is 'Control+ä': there is no key 'ä'; use names such as Enter, Tab, Escape, "
                + "ArrowDown, F5, a, A; to enter text use type or fill"
        ),
        (
            ["action": "search_mail", "since": "foo"],
            "since: must be an RFC 3339 time such as 2026-03-01T08:30:00Z, is 'foo'"
        ),
        (
            ["action": "wait_for_mail", "subject": "x", "since": 5],
            "since: must be an RFC 3339 time such as 2026-03-01T08:30:00Z, is 5"
        ),
        (
            ["action": "trace_mail", "internet_message_id": "<a@b>", "every": "1s"],
            "every: must be at least 3s, is '1s'; write a longer one, or leave it out"
        ),
        (
            ["action": "goto", "url": "https://x/", "executor": "mail"],
            "executor: goto is done by browser, not by mail; write browser, or leave it out"
        ),
        (
            ["action": "delegate", "capability": "x", "executor": "file"],
            "executor: delegate is done by agent, not by file; write agent, or leave it out"
        ),
        (
            ["action": "upload", "selector": "#a", "files": ["a.txt", 5]],
            "files[1]: must be the name of a file, {name, content} or {name, base64}, is 5"
        ),
        (
            ["action": "upload", "selector": "#a", "files": ["name": "a.txt"]],
            "files: the file 'a.txt' needs 'content' or 'base64'"
        ),
        (
            ["action": "upload", "selector": "#a", "files": ["content": "x"]],
            "files: a file that is written out needs 'name' as text"
        ),
        (
            ["action": "screenshot", "name": ""],
            "name: must be the name of a file, '' is empty; files are named inside the job, without directories"
        ),
        (
            ["action": "screenshot", "name": "../x"],
            "name: must be the name of a file, '../x' holds a path separator; files are named inside the job, without "
                + "directories"
        ),
        (
            ["action": "screenshot", "clip": ["x": 1, "y": 1, "width": 5]],
            "clip: must be {x, y, width, height} in pixels, width and height at least 1, is an object"
        ),
        (
            ["action": "click", "selector": "#a", "modifiers": ["Shift", "Foo"]],
            "modifiers[1]: must be one of Alt, Control, Meta, Shift, is 'Foo'"
        ),
        (["action": "screenshot", "mask": ["#a", ""]], "mask[1]: must be a selector, is ''"),
    ]

    @Test(arguments: tasks) func `a member that no executor would take is refused`(task: JSONObject, message: String)
        throws
    {
        #expect(try problems(["tasks": [.object(task)]]) == "tasks[0].\(message)")
    }

    private static let mails: [(JSONObject, String)] = [
        (
            ["foo": "bar"],
            ".foo: 'foo' is no name of a header field of your own; begin it with x-, then letters, digits and '-'"
        ),
        (
            ["X-Executor-Send-Key": "bar"],
            ".X-Executor-Send-Key: 'X-Executor-Send-Key' is the mark mails are found again by; take another name"
        ),
        (["x-a": "1", "x-b": "1", "x-c": "1", "x-d": "1", "x-e": "1"], ": has 5 header fields; 4 are allowed"),
    ]

    @Test(arguments: mails) func `header fields a mail may not have are refused`(headers: JSONObject, message: String)
        throws
    {
        let mail: JSONObject = [
            "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t", "headers": .object(headers),
        ]
        #expect(try problems(["tasks": [.object(mail)]]) == "tasks[0].headers\(message)")
    }

    private static let browsers: [(JSONObject, String)] = [
        (
            ["timezone": "Foo/Bar"],
            "timezone: there is no time zone 'Foo/Bar'; write an IANA name such as Europe/Berlin"
        ),
        (
            ["timezone": "Europe/Berlim"],
            "timezone: there is no time zone 'Europe/Berlim'; did you mean 'Europe/Berlin'?"
        ),
        (["locale": "xx_YY_zz"], "locale: must be a language tag such as de or de-DE, is 'xx_YY_zz'"),
        (
            ["http_credentials": ["origin": "foo", "username": "u", "password": "p"]],
            "http_credentials.origin: must be https://host or https://host:port, without a path, is 'foo'"
        ),
        (
            ["headers": ["a b": "c"]],
            "headers.a b: 'a b' is no name of a header field; write one such as Accept-Language"
        ),
        (
            ["proxy": ["server": "foo"]],
            "proxy.server: must be http://host:port, https://… or socks5://…, is 'foo'"
        ),
        (
            ["proxy": ["server": "ftp://anna:geheim@h"]],
            "proxy.server: must be http://host:port, https://… or socks5://…, is '…'"
        ),
        (["viewport": ["scale": 9]], "viewport.scale: must be from 0.1 to 8, is 9"),
        (
            ["routes": [["url": "x", "fulfil": ["headers": ["a:": "b"]]]]],
            "routes[0].fulfil.headers.a:: 'a:' is no name of a header field; write one such as Accept-Language"
        ),
        (
            ["har": "a/b"],
            "har: must be the name of a file, 'a/b' holds a path separator; files are named inside the job, without "
                + "directories"
        ),
        (["permissions": ["camera", "foo"]], "permissions[1]: must be one of geolocation, notifications, camera, "),
    ]

    @Test(arguments: browsers) func `what no browser would take is refused`(browser: JSONObject, message: String) throws
    {
        let found = try problems(["browser": .object(browser), "tasks": [["action": "reload"]]])
        #expect(found.hasPrefix("browser.\(message)") && !found.contains("\n"), "\(found)")
    }

    @Test func `a key that closes an overlay is looked at too`() throws {
        let overlay: JSONValue = ["selector": "#a", "press": "Foo"]
        #expect(
            try problems(["overlays": [overlay], "tasks": [["action": "reload"]]]).hasPrefix(
                "overlays[0].press: must be a key or a chord, is 'Foo': there is no key 'Foo'"
            )
        )
    }

    @Test(
        arguments: [
            [
                "action": "pdf", "scale": 0.1, "width": 800, "height": "8.27in", "margin": "0",
                "pages": "1-3, 5,,-2,7-,-",
            ],
            ["action": "pdf", "scale": 2, "margin": ["top": "1cm", "left": 5], "pages": 3, "name": 5],
            ["action": "pdf", "margin": nil], ["action": "press", "key": "Control++"], ["action": "press", "key": 5],
            ["action": "press", "key": "+"], ["action": "press", "key": "strg+a"], ["action": "press", "key": " "],
            ["action": "press", "key": "Shift"], ["action": "press", "key": "NumpadAdd"],
            ["action": "press", "key": "pagedown"],
            ["action": "goto", "url": "HTTPS://x/"], ["action": "goto", "url": "ABOUT:blank"],
            ["action": "goto", "url": "Data:Text/HTML,<p>"],
            ["action": "search_mail", "since": "2026-03-01T08:30:00+01:00", "until": "2026-03-02 08:30:00Z"],
            ["action": "trace_mail", "internet_message_id": "<a@b>", "every": 3, "executor": "mail"],
            ["action": "upload", "selector": "#a", "files": "a.txt"],
            ["action": "upload", "selector": "#a", "files": []],
            ["action": "upload", "selector": "#a", "files": ["name": "b/a.txt", "content": ""], "directory": "d"],
            ["action": "screenshot", "clip": ["x": 0, "y": 0.5, "width": 1, "height": 1.5], "executor": "browser"],
            ["action": "playwright", "op": "press", "key": "Enter", "executor": "browser"],
            [
                "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t", "headers": ["X-a": "1"],
                "attachments": [],
            ],
        ] as [JSONObject]
    ) func `what an executor takes is taken`(task: JSONObject) {
        #expect(throws: Never.self) { try Scenario(json: ["tasks": [.object(task)]]) }
    }

    @Test(
        arguments: [
            ["timezone": "US/Pacific"], ["timezone": "UTC"], ["timezone": "PST"], ["timezone": "GMT+05:30"],
            ["timezone": "America/Argentina/Buenos_Aires"], ["locale": "de"], ["locale": "zh-Hans-CN"],
            ["locale": "de_DE"], ["locale": "zh_Hans_CN"],
            ["locale": "de-DE-u-co-phonebk"], ["headers": ["x_a.b~": "c"]],
            ["http_credentials": ["origin": "http://localhost:8080/", "username": "u", "password": "p"]],
            ["proxy": ["server": "localhost:3128"]], ["proxy": ["server": "SOCKS5://h:1"]],
            ["proxy": ["server": "http://[::1]:3128"]], ["viewport": ["scale": 0.1]],
        ] as [JSONObject]
    ) func `what a browser takes is taken`(browser: JSONObject) {
        #expect(throws: Never.self) {
            try Scenario(json: ["browser": .object(browser), "tasks": [["action": "reload"]]])
        }
    }

    @Test(
        arguments: [
            [
                "action": "pdf", "scale": "{{ variables.n }}", "width": "{{ variables.n }}cm",
                "pages": "{{ variables.n }}-",
            ],
            ["action": "pdf", "margin": ["top": "{{ variables.n }}"]],
            ["action": "pdf", "margin": "{{ variables.n }}"],
            ["action": "goto", "url": "{{ variables.n }}://x"], ["action": "press", "key": "{{ variables.n }}+A"],
            ["action": "search_mail", "since": "{{ variables.n }}"],
            ["action": "trace_mail", "internet_message_id": "<a@b>", "every": "{{ variables.n }}"],
            ["action": "upload", "selector": "#a", "files": "{{ variables.n }}"],
            ["action": "upload", "selector": "#a", "files": ["{{ variables.n }}/"]],
            ["action": "screenshot", "name": "{{ variables.n }}/", "clip": "{{ variables.n }}"],
            [
                "action": "send_mail", "to": "a@b.c", "subject": "s", "text": "t", "headers": "{{ variables.n }}",
                "attachments": ["{{ variables.n }}"],
            ],
        ] as [JSONObject]
    ) func `what a template comes to is seen when it runs`(task: JSONObject) {
        #expect(throws: Never.self) { try Scenario(json: ["variables": ["n": 1], "tasks": [.object(task)]]) }
    }

    @Test func `templates in browser are left alone`() {
        let value: JSONValue = "{{ secrets.x }}"
        let browser: JSONObject = [
            "timezone": value, "locale": value, "har": value, "headers": ["a": value], "proxy": ["server": value],
            "http_credentials": ["origin": value, "username": value, "password": value],
        ]
        #expect(throws: Never.self) {
            try Scenario(json: ["browser": .object(browser), "tasks": [["action": "reload"]]])
        }
    }
}
