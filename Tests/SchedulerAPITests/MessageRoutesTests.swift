import Cryptography
import JSON
import JobModel
import JobScheduler
import Synchronization
import Testing

@testable import SchedulerAPI

@Suite struct MessageRoutesTests {
    @Test func `a worker's messages go through once, and a stale one is 409`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let agreed = try await stage.lam("agree", id, id: "m1")
            #expect(agreed.status == 200)
            #expect(agreed.json["job"]?["id"]?.string == id)
            #expect(try await stage.lam("agree", id, id: "m1").json == agreed.json)
            let stale = try await stage.lam("done", id, payload: ["outputs": [:]], epoch: 9, id: "m2")
            #expect(stale.status == 409)
            #expect(stale.json["code"] == "stale_epoch" && stale.json["reason"] == "stale_epoch")
            let broken = try await stage.call("POST", "/lam/message", body: #"{"type": "agre"}"#)
            #expect(broken.status == 400)
            #expect((broken.json["errors"]?.array?.count ?? 0) > 3)
        }
    }

    @Test func `the document has the bounds of a message that the server keeps`() async throws {
        let schema = try #require(MessageRoutes.schemas.first { $0.name == "LAMMessage" }).schema.json
        let to = schema["properties"]?["to"]
        #expect(to?["maxItems"] == 100 && to?["uniqueItems"] == true)
        #expect(schema["properties"]?["id"]?["maxLength"] == 256)
        try await Stage.with { stage in
            func send(_ id: String, to count: Int) async throws -> Stage.Answer {
                let message: JSONValue = [
                    "id": .string(id), "ts": "2026-03-01T08:30:00Z", "type": "route", "sender": "agent://desk/me",
                    "to": .array((0..<count).map { .string("agent://agent/a\($0)") }),
                ]
                return try await stage.call("POST", "/lam/message", body: message.text())
            }
            let many = try await send("m1", to: 101)
            #expect(many.status == 400 && many.json["errors"]?[0]?["pointer"] == "/to")
            // There are no such agents, but the message is one.
            let longest = try await send(String(repeating: "i", count: 256), to: 100)
            #expect(longest.status == 400 && longest.json["errors"]?[0]?["pointer"] == "/to/0")
            let longer = try await send(String(repeating: "i", count: 257), to: 100)
            #expect(longer.status == 400 && longer.json["errors"]?[0]?["pointer"] == "/id")
        }
    }

    @Test func `messages that come at once each have their own answer, in their order`() async throws {
        try await Stage.with { stage in
            let jobs = [try await stage.submit(), try await stage.submit()]
            func worker(_ type: String, _ job: Int, epoch: Int, id: String) -> JSONValue {
                .object([
                    "id": .string(id), "ts": "2026-03-01T08:30:00Z", "type": .string(type),
                    "sender": "agent://worker/w1",
                    "to": ["agent://scheduler"], "epoch": JSONValue(epoch),
                    "payload": ["job_id": .string(jobs[job]), "worker": "w1", "outputs": [:]],
                ])
            }
            func send(_ messages: JSONValue) async throws -> Stage.Answer {
                try await stage.call("POST", "/lam/messages", body: JSONValue.object(["messages": messages]).text())
            }
            let first: JSONValue = [
                worker("agree", 0, epoch: 1, id: "m1"), ["type": "agre"], worker("agree", 1, epoch: 1, id: "m2"),
            ]
            let agreed = try await send(first)
            try #require(agreed.status == 200, "\(agreed.json.text())")
            let results = agreed.json["results"]?.array ?? []
            #expect(results.map { $0["index"]?.int } == [0, 1, 2])
            #expect(results.map { $0["status"]?.int } == [200, 400, 200])
            #expect(results[0]["answer"]?["job"]?["id"]?.string == jobs[0])
            #expect(results[2]["answer"]?["job"]?["id"]?.string == jobs[1])
            #expect(results[1]["errors"]?[0]?["pointer"]?.string?.hasPrefix("/messages") == false)
            #expect(try await send(first).json == agreed.json)
            let ended = try await send([
                worker("done", 0, epoch: 9, id: "m3"), worker("done", 1, epoch: 1, id: "m4"),
            ])
            let ends = ended.json["results"]?.array ?? []
            #expect(ends.map { $0["status"]?.int } == [409, 200])
            #expect(ends.first?["reason"] == "stale_epoch" && ends.last?["answer"]?["state"] == "done")
        }
    }

    @Test func `what is no object among the messages has its own answer, and the others theirs`() async throws {
        try await Stage.with { stage in
            let job = try await stage.submit()
            let agree: JSONValue = [
                "id": "m1", "ts": "2026-03-01T08:30:00Z", "type": "agree", "sender": "agent://worker/w1",
                "to": ["agent://scheduler"], "epoch": 1, "payload": ["job_id": .string(job), "worker": "w1"],
            ]
            let body: JSONValue = ["messages": [7, agree, nil, []]]
            let answer = try await stage.call("POST", "/lam/messages", body: body.text())
            try #require(answer.status == 200, "\(answer.json.text())")
            let results = answer.json["results"]?.array ?? []
            #expect(results.map { $0["status"]?.int } == [400, 200, 400, 400])
            #expect(results[0]["code"] == "invalid_input" && results[0]["errors"]?[0]?["pointer"] == "")
            #expect(results[0]["detail"]?.string?.contains("is an object") == true, "\(results[0].text())")
        }
    }

    @Test(arguments: [
        "[]", "{}", #"{"messages": []}"#, #"{"messages": {}}"#, #"{"messages": [{}], "atomic": true}"#, "{",
        #"{"messages": [\#(Array(repeating: "{}", count: 101).joined(separator: ","))]}"#,
    ])
    func `what is no list of messages is refused as a whole`(body: String) async throws {
        try await Stage.with { stage in
            let answer = try await stage.call("POST", "/lam/messages", body: body)
            #expect(answer.status == 400)
            #expect((answer.json["errors"]?.array?.count ?? 0) == 1, "\(answer.json.text())")
        }
    }

    @Test func `a worker's file is stored under its lease, checked by hash, and comes back whole or in part`()
        async throws
    {
        try await Stage.with { stage in
            let id = try await stage.submit()
            _ = try await stage.lam("agree", id, id: "m1")
            let content = String(repeating: "0123456789", count: 1000)
            let hash = SHA256.digest(of: content).hex
            func put(_ name: String, _ hash: String, epoch: Int) async throws -> Int {
                let query = "?sha256=\(hash)&epoch=\(epoch)&worker=w1"
                let headers = [("Content-Type", "application/pdf")]
                return try await stage.call(
                    "PUT",
                    "/jobs/\(id)/artifacts/\(name)\(query)",
                    body: content,
                    headers: headers
                )
                .status
            }
            #expect(try await put("a%20b.pdf", hash, epoch: 1) == 204)
            #expect(try await put("a%20b.pdf", hash, epoch: 1) == 204)
            #expect(try await put("c.pdf", String(repeating: "0", count: 64), epoch: 1) == 400)
            #expect(try await put("c.pdf", hash, epoch: 2) == 409)
            #expect(try await put("..%2Fc.pdf", hash, epoch: 1) == 400)
            let path = "/jobs/\(id)/artifacts/a%20b.pdf"
            let whole = try await stage.call("GET", path)
            #expect(whole.status == 200 && whole.body == Array(content.utf8))
            #expect(whole.field("Content-Type") == "application/pdf")
            #expect(whole.field("Content-Disposition")?.hasPrefix("attachment; filename=\"a b.pdf\"") == true)
            let part = try await stage.call("GET", path, headers: [("Range", "bytes=5-9")])
            #expect(part.status == 206 && part.body == Array("56789".utf8))
            for (tag, status) in [("\"\(hash)\"", 206), ("\"old\"", 200), ("W/\"\(hash)\"", 200)] {
                let headers = [("Range", "bytes=5-9"), ("If-Range", tag)]
                let answer = try await stage.call("GET", path, headers: headers)
                #expect(answer.status == status && answer.body.count == (status == 206 ? 5 : 10_000), "\(tag)")
            }
            let changed = [("Range", "bytes=99999-"), ("If-Range", "\"old\"")]
            #expect(try await stage.call("GET", path, headers: changed).status == 200)
            let behind = try await stage.call("GET", path, headers: [("Range", "bytes=99999-")])
            #expect(behind.status == 416 && behind.field("Content-Range") == "bytes */10000")
            #expect(behind.field("Content-Type") == "application/problem+json")
            #expect(behind.json["errors"]?[0]?["parameter"] == "Range")
            #expect(behind.json["detail"]?.string?.contains("10000 bytes") == true)
            let tag = [("If-None-Match", "\"\(hash)\"")]
            #expect(try await stage.call("GET", path, headers: tag).status == 304)
            let list = try await stage.call("GET", "/jobs/\(id)/artifacts")
            #expect(list.json["artifacts"]?.array?.map { $0["name"] } == ["a b.pdf"])
        }
    }

    @Test func `a type that no header field can hold is refused, and what is kept with one can be fetched`()
        async throws
    {
        try await Stage.with { stage in
            let refused = try await stage.call(
                "POST",
                "/artifacts?name=a",
                body: "x",
                headers: [("Content-Type", "text")]
            )
            #expect(refused.status == 400 && refused.json["errors"]?[0]?["parameter"] == "Content-Type")
            let id = try await stage.submit()
            _ = try await stage.lam("agree", id, id: "m1")
            let rest = Mutex([Array("hello".utf8)])
            try await stage.scheduler.putArtifact(
                Artifact(
                    name: "a",
                    bytes: 5,
                    sha256: SHA256.digest(of: "hello").hex,
                    contentType: "text/csv\r\nX-Y: z"
                ),
                of: JobID(id),
                epoch: Epoch(1),
                worker: "w1",
                body: { rest.withLock { $0.popLast() } }
            )
            let file = try await stage.call("GET", "/jobs/\(id)/artifacts/a")
            #expect(file.status == 200 && file.body == Array("hello".utf8))
            #expect(file.field("Content-Type") == "application/octet-stream" && file.field("X-Y") == nil)
        }
    }

    @Test func `a file's name cannot break out of its header field`() {
        #expect(
            ArtifactRoutes.disposition("a\"b\r\nX: y ä%.pdf")
                == "attachment; filename=\"a_b__X: y __.pdf\"; filename*=UTF-8''a%22b%0D%0AX%3A%20y%20%C3%A4%25.pdf"
        )
    }

    @Test func `what was done to a job is on record`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await stage.finish(id)
            let audit = try await stage.call("GET", "/audit/\(id)")
            let actions = audit.json["records"]?.array?.compactMap { $0["action"]?.string } ?? []
            #expect(actions.first == "job.submitted")
            #expect(actions.last == "job.done")
            let page = try await stage.call("GET", "/audit?limit=1")
            #expect(page.json["records"]?.array?.count == 1)
            #expect(page.json["next_after"] == 1)
        }
    }
}
