import EventLoops
import HTTPServer
import JSON
import Testing

@testable import FixtureServer

@Suite struct FaultTests {
    private static let messages = GraphDesk.mailbox + "/messages"

    @Test func `each kind of fault shows once, and the request after it is served`() async throws {
        try await GraphDesk.run { desk in
            func count() async -> Int { await desk.graph.messages(of: "buero@kanzlei.example", in: "drafts").count }
            func post() async throws -> GraphDesk.Answer {
                try await desk.send("POST", Self.messages, #"{"subject":"x"}"#)
            }
            let cases: [(FaultRule, status: Int?, acts: Bool)] = [
                (FaultRule(.answer, status: 503), 503, false), (FaultRule(.answerAfter, status: 504), 504, true),
                (FaultRule(.cut), nil, false), (FaultRule(.cutAfter), nil, true), (FaultRule(.cutBody), nil, true),
                (FaultRule(.truncate), 201, true), (FaultRule(.errorInBody), 200, false),
                (FaultRule(.expired), 401, false), (FaultRule(.challenge), 401, false),
                (FaultRule(.delay, delay: 1), 201, true), (FaultRule(.slow, delay: 10), 201, true),
            ]
            var expected = 0
            for (rule, status, acts) in cases {
                await desk.graph.add(rule)
                if let status {
                    let answer = try await post()
                    #expect(answer.status == status, "\(rule.kind)")
                    if rule.kind == .truncate { #expect(answer.json == .null && !answer.bytes.isEmpty) }
                    if rule.kind == .errorInBody { #expect(answer.code != nil) }
                    if rule.kind == .slow { #expect(answer.json["subject"] == "x") }
                } else {
                    await #expect(throws: GraphDesk.Cut.self, "\(rule.kind)") { try await post() }
                }
                expected += acts ? 1 : 0
                #expect(await count() == expected, "\(rule.kind)")
                #expect(try await post().status == 201)
                expected += 1
            }
        }
    }

    @Test func `Retry-After comes in seconds or as a date`() async throws {
        try await GraphDesk.run { desk in
            var rule = FaultRule(.answer, status: 429, code: "ApplicationThrottled", retryAfter: 7, times: 1)
            await desk.graph.add(rule)
            #expect(try await desk.send("GET", Self.messages).headers["Retry-After"] == "7")
            rule.retryAfterIsDate = true
            await desk.graph.add(rule)
            let date = try await desk.send("GET", Self.messages).headers["Retry-After"]
            #expect(date == FixtureClock.rfc5322(desk.clock.now + 7000).replacing("+0000", with: "GMT"))
        }
    }

    @Test func `a fault's body is a text, or an object as its JSON`() async throws {
        try await GraphDesk.run { desk in
            for (body, type, text) in [
                (#""<h1>Proxy</h1>""#, "text/html", "<h1>Proxy</h1>"),
                (
                    #"{"error":{"code":"x","message":"y"}}"#, "application/json",
                    #"{"error":{"code":"x","message":"y"}}"#
                ),
            ] {
                let rule = #"{"kind":"answer","status":502,"body":\#(body)}"#
                #expect(try await desk.send("POST", "/_control/faults", rule).status == 204)
                let answer = try await desk.send("GET", Self.messages)
                #expect(answer.status == 502)
                #expect(answer.headers["Content-Type"] == type)
                #expect(answer.text == text)
            }
        }
    }

    @Test func `chaos is the same for the same seed, leaves room to get through, and can be ended`() async throws {
        func statuses(_ seed: UInt64) async throws -> [Int] {
            var seen: [Int] = []
            try await GraphDesk.run { desk in
                await desk.graph.setChaos(ChaosPlan(seed: seed, rate: 0.5, delay: 1))
                for _ in 0..<60 {
                    do { seen.append(try await desk.send("GET", Self.messages).status) } catch is GraphDesk.Cut {
                        seen.append(0)
                    }
                }
                #expect(await desk.graph.chaosShown.values.reduce(0, +) > 10)
                await desk.graph.setChaos(nil)
                #expect(try await desk.send("GET", Self.messages).status == 200)
            }
            return seen
        }
        let first = try await statuses(7)
        #expect(try await statuses(7) == first)
        #expect(try await statuses(8) != first)
        #expect(first.contains(200) && Set(first).count > 3)
    }

    @Test func `a fifth request at once is throttled with the service's words`() async throws {
        try await GraphDesk.run { desk in
            _ = try await desk.send("POST", "/_control/settings", #"{"latency_ms":50}"#)
            let answers = try await withThrowingTaskGroup { group in
                for _ in 0..<6 { group.addTask { try await desk.send("GET", Self.messages) } }
                return try await group.reduce(into: [GraphDesk.Answer]()) { $0.append($1) }
            }
            let throttled = answers.filter { $0.status == 429 }
            #expect(throttled.count == 2)
            #expect(throttled[0].code == "ApplicationThrottled")
            #expect(throttled[0].json["error"]?["message"] == "Application is over its MailboxConcurrency limit.")
            #expect(throttled[0].headers["Retry-After"] == "1")
        }
    }

    @Test func `the budgets of requests and bytes move with the clock`() {
        var budget = ThrottleBudget()
        for _ in 0..<10_000 { #expect(budget.take(method: "GET", bytes: 0, now: 0) == nil) }
        let exceeded = budget.take(method: "GET", bytes: 0, now: 5000)
        #expect(exceeded?.limit == "Requests")
        #expect(exceeded?.seconds == 600)
        #expect(budget.take(method: "GET", bytes: 0, now: 600_000) == nil)
        var upload = ThrottleBudget()
        #expect(upload.take(method: "PUT", bytes: 150 << 20, now: 0) == nil)
        #expect(upload.take(method: "PUT", bytes: 1, now: 1)?.limit == "IncomingBytes")
        #expect(upload.take(method: "GET", bytes: 0, now: 1) == nil)
        #expect(upload.take(method: "PUT", bytes: 1, now: 300_000) == nil)
    }

    @Test(arguments: [
        ("faults", #"{"kind":"explode"}"#, "'kind'"), ("faults", "{}", "'kind'"),
        ("faults", #"{"kind":"answer","body":5}"#, "'body'"), ("faults", #"{"kind":"answer","body":[]}"#, "'body'"),
        ("chaos", #"{"seed":1,"rate":2}"#, "'rate'"),
        ("chaos", #"{"rate":1}"#, "'seed'"), ("chaos", #"{"seed":1,"rate":1,"kinds":["x"]}"#, "'kinds'"),
        ("application", #"{"certificates":["x"]}"#, "'certificates'"), ("settings", "{", "JSON"),
        ("application", #"{"certificates":"x"}"#, "'certificates'"), ("application", #"{"roles":"x"}"#, "'roles'"),
        ("application", #"{"roles":[1]}"#, "'roles'"), ("application", #"{"rolez":["x"]}"#, "'rolez'"),
        ("application", "[]", "object"), ("application", #"{"allowed_mailboxes":"x"}"#, "'allowed_mailboxes'"),
    ])
    func `a switch that cannot be followed says why`(name: String, body: String, word: String) async throws {
        try await GraphDesk.run { desk in
            let answer = try await desk.send("POST", "/_control/\(name)", body)
            #expect(answer.status == 400)
            #expect(answer.json["error"]?.string?.contains(word) == true)
        }
    }

    @Test func `a mail from outside comes when it was told to`() async throws {
        try await GraphDesk.run { desk in
            let mail =
                #"{"from":"portal@else.example","subject":"Ihr Code: 4711","body":"Code 4711","after_ms":2000,"attachments":[{"name":"a.txt","text":"hallo"}]}"#
            let path = "/_control/mailboxes/buero@kanzlei.example/messages"
            #expect(try await desk.send("POST", path, mail).status == 204)
            #expect(try await desk.send("GET", Self.messages).json["value"]?.array?.isEmpty == true)
            desk.clock.advance(seconds: 2)
            let came = try await desk.send("GET", Self.messages)
            #expect(came.json["value"]?[0]?["subject"] == "Ihr Code: 4711")
            #expect(came.json["value"]?[0]?["isRead"] == false)
            #expect(came.json["value"]?[0]?["hasAttachments"] == true)
        }
    }
}
