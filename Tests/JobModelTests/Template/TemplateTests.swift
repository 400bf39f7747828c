import JSON
import Synchronization
import Testing

@testable import JobModel

struct TemplateTests {
    private var context: TemplateContext {
        var context = TemplateContext(
            variables: [
                "name": "Firma X", "count": 3, "flag": true, "none": nil, "list": [1, 2, 3], "nested": ["a b": "deep"],
                "evil": "{{ secrets.portal }}",
            ],
            tasks: ["rows": ["table": [["number": "R-1"], ["number": "R-2"]], "status": "done"]],
            job: ["id": "j1"],
            secret: { ["portal": "s3cret", "totp_portal": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"][$0] },
            now: { 59_000 }
        )
        context.item = ["mail": "a@x.de"]
        context.index = 4
        return context
    }

    @Test func `who misses a secret is told where else it was looked for`() throws {
        let error = #expect(throws: TemplateError.self) {
            var context = context
            context.secretPlace = "'cpa/acme' of Vault's engine 'secret'"
            context.job["tenant"] = "acme"
            var resolver = TemplateResolver(context)
            _ = try resolver.resolve("{{ secrets.bank_pin }}")
        }
        #expect(
            error?.message == "the worker has no secret 'bank_pin'; set CPA_SECRET_BANK_PIN where it runs, "
                + "write it into the file of --secrets, keep it with 'cpa secrets set bank_pin --tenant acme', "
                + "or put it into 'cpa/acme' of Vault's engine 'secret', where it is not"
        )
    }

    private func resolve(_ text: String) throws -> JSONValue {
        var resolver = TemplateResolver(context)
        return try resolver.resolve(.string(text))
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("{{ variables.name }}", "Firma X"), ("{{variables.name}}", "Firma X"),
            ("Rechnung {{ variables.count }} an {{ variables.name }}", "Rechnung 3 an Firma X"),
            ("{{ tasks.rows.table[0].number }}", "R-1"), ("{{ tasks.rows.table[-1].number }}", "R-2"),
            (#"{{ variables.nested["a b"] }}"#, "deep"), ("{{ variables['name'] }}", "Firma X"),
            ("{{ item.mail }}#{{ index }}", "a@x.de#4"), ("{{ job.id }}", "j1"), ("{{ totp.portal }}", "287082"),
            (#"\{{ variables.name }}"#, "{{ variables.name }}"), ("a }} b", "a }} b"), ("[{{ variables.none }}]", "[]"),
            ("{{ variables.flag }}!", "true!"), ("", ""),
        ] as [(String, JSONValue)]
    )
    func `names become values`(text: String, expected: JSONValue) throws {
        #expect(try resolve(text) == expected)
    }

    @Test(
        arguments: [
            ("{{ variables.count }}", 3), ("{{ variables.flag }}", true), ("{{ variables.none }}", nil),
            ("{{ variables.list }}", [1, 2, 3]), ("{{ tasks.rows.table[1] }}", ["number": "R-2"]), ("{{ index }}", 4),
            ("{{ variables.absent | default(7) }}", 7), ("{{ variables.none | default(false) }}", false),
        ] as [(String, JSONValue)]
    )
    func `a whole template keeps the JSON type`(text: String, expected: JSONValue) throws {
        #expect(try resolve(text) == expected)
    }

    @Test(
        arguments: [
            (#"{{ variables.name | upper }}"#, "FIRMA X"), (#"{{ variables.name | lower | json }}"#, "\"firma x\""),
            (#"{{ variables.name | urlencode }}"#, "Firma%20X"),
            (#"{{ variables.absent | default("ä\"b") }}"#, "ä\"b"),
            (#"{{ variables.absent | default('  c ') | trim }}"#, "c"),
            (#"{{ variables.absent | default("2026-03-01") | date("dd.MM.yyyy") }}"#, "01.03.2026"),
            (##"{{ variables.absent | default(1234.5) | number("#.##0,00", "de") }}"##, "1.234,50"),
            (#"{{ variables.list | json }}"#, "[1,2,3]"),
        ] as [(String, JSONValue)]
    )
    func `filters work on the value`(text: String, expected: JSONValue) throws {
        #expect(try resolve(text) == expected)
    }

    @Test(
        arguments: [
            ("", false), ("plain", false), ("{", false), ("a{b{c", false), ("{ {", false),
            ("{{", true), ("x{{ y }}", true), ("{{{", true), ("{a}{{b}}", true), ("ä{{", true),
        ]
    )
    func `two braces make a text one that may be a template`(text: String, isTemplate: Bool) {
        #expect(Template.isTemplate(text) == isTemplate)
    }

    @Test func `a value is never read for templates again`() throws {
        #expect(try resolve("{{ variables.evil }}") == "{{ secrets.portal }}")
        #expect(try resolve("x {{ variables.evil }}") == "x {{ secrets.portal }}")
    }

    @Test func `templates inside arrays and objects are resolved, member names are not`() throws {
        var resolver = TemplateResolver(context)
        let value: JSONValue = [
            "{{ variables.name }}": ["{{ variables.count }}", ["a": "{{ variables.name }}"]], "n": 5,
        ]
        #expect(try resolver.resolve(value) == ["{{ variables.name }}": [3, ["a": "Firma X"]], "n": 5])
    }

    @Test func `secrets that were used are remembered`() throws {
        var resolver = TemplateResolver(context)
        #expect(try resolver.resolve("Bearer {{ secrets.portal }}") == "Bearer s3cret")
        #expect(resolver.usedSecrets == ["portal": "s3cret"])
        #expect(try resolver.resolve("{{ secrets.absent | default(\"none\") }}") == "none")
        #expect(resolver.usedSecrets.count == 1)
    }

    @Test(
        arguments: [
            (#"{{ secrets.born | date("dd.MM.yyyy") | json | lower }}"#, ["01.03.2026", #""01.03.2026""#]),
            (##"{{ secrets.amount | number("#.##0,00", "de") }}"##, ["48.151.623,00"]),
            ("a {{ secrets.word | upper | urlencode }}", ["PA/SS", "PA%2FSS"]),
            ("{{ totp.portal | json }}", ["287082", #""287082""#]),
            ("{{ item.mail | upper }}", ["PA/SS"]), ("{{ secrets.absent | default('a') | upper }}", []),
            ("{{ variables.name | upper }}", []),
        ] as [(String, [String])]
    )
    func `what filters make of a secret is told, every step of it`(text: String, made: [String]) throws {
        let told = Mutex<Set<String>>([])
        var context = TemplateContext(
            variables: ["name": "x"],
            secret: {
                [
                    "born": "2026-03-01", "amount": "48151623", "word": "pa/ss",
                    "totp_portal": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
                ][$0]
            },
            now: { 59_000 }
        )
        context.item = ["mail": "pa/ss"]
        context.issued = { text in told.withLock { _ = $0.insert(text) } }
        context.holdsSecret = { $0.contains("pa/ss") }
        var resolver = TemplateResolver(context)
        _ = try resolver.resolve(.string(text))
        #expect(told.withLock { $0 } == Set(made))
        #expect(resolver.takeUsedSecrets().isEmpty == made.isEmpty)
        #expect(resolver.usedSecrets.isEmpty)
    }

    @Test func `an error of a filter does not repeat a secret`() throws {
        var resolver = TemplateResolver(context)
        let error = #expect(throws: TemplateError.self) {
            try resolver.resolve(#"{{ secrets.portal | upper | date("yyyy") }}"#)
        }
        #expect(error?.message == "'secrets.portal': 'date' cannot take its value, which is a secret")
    }

    @Test func `what an expression makes of a text ends with the filter that cannot take it`() throws {
        let template = try Template(parsing: #"{{ secrets.a | upper | date("yyyy") | lower }}"#)
        #expect(template.wholeExpression?.made(from: "ab") == ["AB"])
    }

    @Test(arguments: [
        (
            "{{ variables.absent }}", TemplateError.Code.missing,
            "'variables.absent' has no value here; check the name, or add | default(…)"
        ),
        (
            "{{ tasks.rows.table[9].number }}", .missing,
            "'tasks.rows.table[9].number' has no value here; check the name, or add | default(…)"
        ),
        (
            "{{ secrets.bank-pin }}", .missingSecret,
            "the worker has no secret 'bank-pin'; set CPA_SECRET_BANK_PIN where it runs, write it into the file of --secrets, or keep it with 'cpa secrets set bank-pin'"
        ),
        ("a {{ variables.list }}", .unsuitable, "'variables.list': an array cannot stand inside a text; use | json"),
        (
            "{{ variables.name | date(\"dd.MM.yyyy\") }}", .unsuitable,
            "'variables.name': \"Firma X\" is no date; the filter takes 2026-03-01, 01.03.2026, or an RFC 3339 time"
        ),
        (
            "{{ variables.name | number(\"0,0\", \"de\") }}", .unsuitable,
            "'variables.name': \"Firma X\" is no number; the filter takes 1234.5, as a number or a text"
        ),
    ])
    func `says why a value cannot be had`(text: String, code: TemplateError.Code, message: String) throws {
        let error = try #require(throws: TemplateError.self) { try resolve(text) }
        #expect(error.code == code)
        #expect(error.description == message)
    }

    @Test(arguments: [
        ("a {{ variables.x", "column 3 of 'a {{ variables.x': '{{' is not closed; write '}}', or '\\{{' for a literal"),
        (
            "{{ }}",
            "column 4 of '{{ }}': expected a name after '{{': one of variables, tasks, secrets, totp, item, index, job"
        ),
        (
            "{{ name }}",
            "column 4 of '{{ name }}': there is no 'name' in templates; a variable is written variables.name"
        ),
        (
            "{{ variable.x }}",
            "column 4 of '{{ variable.x }}': there is no 'variable' in templates; did you mean 'variables'?"
        ),
        ("{{ variables }}", "column 1 of '{{ variables }}': write variables.<name>"),
        (
            "{{ variables.x | uper }}",
            "column 18 of '{{ variables.x | uper }}': there is no filter 'uper'; did you mean 'upper'?"
        ),
        (
            "{{ variables.x | upper(1) }}",
            "column 18 of '{{ variables.x | upper(1) }}': upper takes no argument, here are 1"
        ),
        ("{{ variables.x | date }}", "column 18 of '{{ variables.x | date }}': date takes one argument, here are 0"),
        (
            "{{ variables.x | date(\"TT.MM\") }}",
            "column 18 of '{{ variables.x | date(\"TT.MM\") }}': 'TT' is no field of a date pattern; use yyyy, MM, dd, HH, mm, ss, or put letters in single quotes"
        ),
        (
            "{{ variables.x | default(x) }}",
            "column 26 of '{{ variables.x | default(x) }}': expected text in quotes, a number, true, false or null"
        ),
        ("{{ variables.x + 1 }}", "column 16 of '{{ variables.x + 1 }}': expected '}}' or '|', found '+'"),
        ("{{ secrets.a.b }}", "column 1 of '{{ secrets.a.b }}': write secrets.<name>"),
        ("{{ variables.x[a] }}", "column 16 of '{{ variables.x[a] }}': expected a number or a quoted name after '['"),
    ])
    func `says what is wrong with a template`(text: String, message: String) throws {
        let error = try #require(throws: TemplateError.self) { try Template(parsing: text) }
        #expect(error.description == message)
    }

    @Test func `an error inside a value names the place`() throws {
        var resolver = TemplateResolver(context)
        let error = try #require(throws: TemplateError.self) {
            try resolver.resolve(["to": ["a", "{{ variables.absent }}"]] as JSONValue)
        }
        #expect(error.pointer == "/to/1")
    }

    @Test(
        arguments: [
            ("{{ variables.flag }}", true), ("{{ variables.none }}", false), ("{{ variables.absent }}", false),
            ("{{ tasks.absent.value }}", false), ("{{ variables.count }}", true), (true, true), (false, false),
            (0, false),
            ("", false), ("{{ variables.name }}", true), ("x{{ variables.none }}", true), (nil, false),
        ] as [(JSONValue, Bool)]
    )
    func `when knows what is true`(condition: JSONValue, isTrue: Bool) throws {
        var resolver = TemplateResolver(context)
        #expect(try resolver.isTrue(condition) == isTrue)
    }

    @Test func `lists what a value refers to`() throws {
        let found = try Template.expressions(in: [
            "a": "{{ tasks.t0.value }} {{ secrets.k }}", "b": ["{{ variables.x | default(1) }}"],
        ])
        #expect(found.map(\.expression.reference) == ["tasks.t0.value", "secrets.k", "variables.x"])
        #expect(found.map(\.pointer.description) == ["/a", "/a", "/b/0"])
        #expect(found.map(\.expression.hasDefault) == [false, false, true])
        #expect(found[0].expression.task == "t0")
    }
}

struct TemplateFilterTests {
    private func resolve(_ value: JSONValue, _ filter: String) throws -> JSONValue {
        var resolver = TemplateResolver(TemplateContext(variables: ["v": value], now: { 0 }))
        return try resolver.resolve(.string("{{ variables.v | \(filter) }}"))
    }

    @Test(
        arguments: [
            (1234.5, "#.##0,00", "de", "1.234,50"), (1234567, "#,##0", "en", "1,234,567"), (0.5, "0,00", "de", "0,50"),
            (2.675, "0.00", "en", "2.68"), (-1234.005, "#.##0,00", "de", "-1.234,01"), (-0.001, "0,00", "de", "0,00"),
            ("1234.5", "#'##0.00", "ch", "1'234.50"), (999.999, "0.00", "en", "1000.00"), (5, "000", "en", "005"),
            (0.1, "#.##", "en", ".1"), (1e20, "#,##0", "en", "100,000,000,000,000,000,000"),
            (1e-7, "0.00", "en", "0.00"),
            (12, "0.0#", "en", "12.0"), (12.345, "0.0#", "en", "12.35"),
        ] as [(JSONValue, String, String, JSONValue)]
    )
    func `numbers are written by pattern and locale`(
        value: JSONValue,
        pattern: String,
        locale: String,
        expected: JSONValue
    ) throws {
        #expect(try resolve(value, "number(\"\(pattern)\", \"\(locale)\")") == expected)
    }

    @Test(
        arguments: [
            ("2026-03-01", "dd.MM.yyyy", "01.03.2026"), ("01.03.2026", "yyyy-MM-dd", "2026-03-01"),
            ("1.3.2026", "d.M.yy", "1.3.26"),
            ("2026-03-01T23:30:05+01:00", "dd.MM.yyyy HH:mm:ss", "01.03.2026 22:30:05"),
            ("2026-03-01", "yyyyMMdd'T'HHmm", "20260301T0000"),
            (1_772_353_800_000, "yyyy-MM-dd H:mm", "2026-03-01 8:30"),
        ] as [(JSONValue, String, JSONValue)]
    )
    func `dates are written by pattern`(value: JSONValue, pattern: String, expected: JSONValue) throws {
        #expect(try resolve(value, "date(\"\(pattern)\")") == expected)
    }

    @Test(arguments: ["2026-02-30", "2026-3", "31.04.2026", "tomorrow", "2026-13-01", "-026-01-01"])
    func `what is no date is refused`(text: String) throws {
        #expect(throws: TemplateError.self) { try resolve(.string(text), "date(\"yyyy\")") }
    }

    // RFC 6238, appendix B, the last six of eight digits.
    @Test(arguments: [
        (Int64(59), "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
        (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ])
    func `one-time passwords are those of RFC 6238`(seconds: Int64, code: String) throws {
        let context = TemplateContext(
            secret: { _ in "gezd gnbv gy3t qojq gezd gnbv gy3t qojq" },
            now: { seconds * 1000 }
        )
        var resolver = TemplateResolver(context)
        #expect(try resolver.resolve("{{ totp.portal }}!") == .string("\(code)!"))
        #expect(resolver.usedSecrets.keys.first == "totp_portal")
    }

    // RFC 6238, appendix B: eight digits, keys of 20, 32 and 64 bytes.
    @Test(arguments: [
        ("SHA1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Int64(59), "94287082"),
        ("SHA256", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA====", 59, "46119246"),
        ("SHA256", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA", 1_234_567_890, "91819424"),
        (
            "SHA512",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA",
            59, "90693936"
        ),
        (
            "SHA512",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA",
            20_000_000_000, "47863826"
        ),
    ])
    func `the address of a QR code says digits and algorithm`(
        algorithm: String,
        key: String,
        seconds: Int64,
        code: String
    )
        throws
    {
        let address = "otpauth://totp/Portal:anna?secret=\(key)&issuer=Portal&digits=8&period=30&algorithm=\(algorithm)"
        #expect(TOTP(address)?.code(milliseconds: seconds * 1000) == code)
    }

    @Test(arguments: [
        "", "0189", "otpauth://hotp/x?secret=GEZDGNBV&counter=1", "otpauth://totp/x?digits=6",
        "otpauth://totp/x?secret=GEZDGNBV&digits=3", "otpauth://totp/x?secret=GEZDGNBV&algorithm=MD5",
    ])
    func `what is no key of an authenticator is refused, without repeating it`(key: String) throws {
        var resolver = TemplateResolver(TemplateContext(secret: { _ in key }, now: { 0 }))
        let error = #expect(throws: TemplateError.self) { try resolver.resolve("{{ totp.portal }}") }
        #expect(error?.message.contains("totp_portal") == true)
        #expect(key.isEmpty || error?.message.contains(key) == false)
    }

    @Test func `every code that is made is told, and a longer period holds longer`() throws {
        let told = Mutex<[String]>([])
        var context = TemplateContext(
            secret: { _ in "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=60" },
            now: { 119_000 }
        )
        context.issued = { code in told.withLock { $0.append(code) } }
        var resolver = TemplateResolver(context)
        // Counter 1, as at 59 s with a period of 30 s.
        #expect(try resolver.resolve("{{ totp.portal }}") == .string("287082"))
        #expect(told.withLock { $0 } == ["287082"])
    }
}
