import JSON
import JobModel
import Security
import Testing

@testable import SchedulerAPI

@Suite struct LAMRoutesTests {
    private func message(_ type: String, _ more: JSONObject = [:], payload: JSONObject = [:]) -> JSONObject {
        let base: JSONObject = [
            "id": .string("\(type)-1"), "ts": "2026-03-01T08:30:00Z", "type": .string(type),
            "sender": "agent://desk/me",
            "to": ["agent://scheduler"], "payload": .object(payload),
        ]
        return base.merging(more)
    }

    private func send(_ stage: Stage, _ message: JSONObject) async throws -> Stage.Answer {
        try await stage.call("POST", "/lam/message", body: message.text())
    }

    @Test(arguments: LAMMessage.MessageType.allCases)
    func `every type is taken, or refused with the place, a reason and a remedy`(
        type: LAMMessage.MessageType
    ) async throws {
        try await Stage.with { stage in
            let answer = try await send(stage, message(type.rawValue, payload: ["job_id": "none"]))
            switch type {
            case .propose, .confirm, .route:
                // About a job that is not there.
                #expect(answer.status == 404, "\(answer.json.text())")
            default:
                #expect(answer.status == 400, "\(answer.json.text())")
                let detail = answer.json["errors"]?[0]
                #expect(detail?["pointer"]?.string?.hasPrefix("/") == true, "\(answer.json.text())")
                #expect((detail?["detail"]?.string?.count ?? 0) > 20, "\(answer.json.text())")
            }
        }
    }

    @Test func `a request makes a job once, is acknowledged, and its end is told`() async throws {
        try await Stage.with { stage in
            let scenario = try #require(try JSONValue(parsing: Stage.scenario()).object)
            let request = message("request", ["priority": "high"], payload: ["scenario": .object(scenario)])
            let first = try await send(stage, request)
            try #require(first.status == 200, "\(first.json.text())")
            #expect(first.json["acknowledged"] == "request-1")
            #expect(first.json["replies"]?[0]?["type"] == "agree")
            #expect(first.json["replies"]?[0]?["correlation"]?["inReplyTo"] == "request-1")
            #expect(try await send(stage, request).json == first.json)
            #expect(try await send(stage, request.merging(["sender": "agent://desk/you"])).status == 409)
            let job = first.json["job_id"]?.string ?? ""
            try await stage.finish(job)
            let history = try await stage.call("GET", "/jobs/\(job)/messages")
            let messages = history.json["messages"]?.array ?? []
            let types = messages.compactMap { $0["type"]?.string }
            #expect(types == ["request", "agree", "agree", "inform", "done", "done"])
            #expect(messages.first?["message"]?["priority"] == "high")
            let told = messages.filter { $0["direction"] == "out" }
            try #require(told.map { $0["type"] } == ["agree", "done"], "\(history.json.text())")
            #expect(told[0]["message"] == first.json["replies"]?[0])
            #expect(told[1]["message"]?["payload"]?["result"] == ["x": 1])
            #expect(told[1]["message"]?["to"] == ["agent://desk/me"])
            let confirm = message("confirm", payload: ["job_id": .string(job)])
            #expect(try await send(stage, confirm).status == 200)
            let page = try await stage.call(
                "GET",
                "/jobs/\(job)/messages?after=\(messages[2]["number"]?.int ?? 0)&limit=1"
            )
            #expect(page.json["messages"]?.array?.count == 1 && page.json["has_more"] == true)
        }
    }

    @Test(arguments: [
        (#"{"scenario": {"tasks": []}}"#, "/payload/scenario/tasks"), (#"{"scenario": 5}"#, "/payload/scenario"),
        (#"{"scenario": null}"#, "/payload/scenario"), (#"{"capability": 5}"#, "/payload/capability"),
        (#"{"capability": "x", "timeout": "soon"}"#, "/payload/timeout"), ("{}", "/payload"),
    ])
    func `a request that cannot become a job says where`(payload: String, pointer: String) async throws {
        try await Stage.with { stage in
            let payload = try #require(try JSONValue(parsing: payload).object)
            let answer = try await send(stage, message("request", payload: payload))
            #expect(answer.status == 400)
            #expect(answer.json["errors"]?[0]?["pointer"]?.string == pointer, "\(answer.json.text())")
        }
    }

    @Test func `a proposal is answered by whoever may, until its time is over`() async throws {
        try await Stage.with { stage in
            let job = JSONValue.string(try await stage.submit())
            let proposal: JSONObject = ["job_id": job, "proposal": "send it tomorrow"]
            #expect(try await send(stage, message("propose", payload: proposal)).json["state"] == "proposed")
            let answer: JSONObject = ["correlation": ["inReplyTo": "propose-1"]]
            let agreed = try await send(stage, message("agree", answer, payload: ["job_id": job]))
            #expect(agreed.status == 200 && agreed.json["late"] == false, "\(agreed.json.text())")
            let old = message("propose", ["id": "p2", "replyBy": "2020-01-01T00:00:00Z"], payload: proposal)
            _ = try await send(stage, old)
            let late = message("refuse", ["correlation": ["inReplyTo": "p2"]], payload: ["job_id": job])
            #expect(try await send(stage, late).json["late"] == true)
            let missing = try await send(stage, message("propose", ["id": "p3"], payload: ["job_id": job]))
            #expect(missing.json["errors"]?[0]?["pointer"] == "/payload/proposal")
        }
    }

    @Test func `another tenant's job is not there`() async throws {
        try await Stage.with { stage in
            let job = try await stage.submit()
            let key = try await stage.authority.createKey(name: "other", tenant: "other", role: .admin).reveal()
            #expect(try await stage.call("GET", "/jobs/\(job)/messages", key: key).status == 404)
            let proposal = message("propose", payload: ["job_id": .string(job), "proposal": 1])
            let answer = try await stage.call("POST", "/lam/message", body: proposal.text(), key: key)
            #expect(answer.status == 404)
        }
    }

    @Test func `an id that one tenant used is free for another, and once only for each`() async throws {
        try await Stage.with { stage in
            let key = try await stage.authority.createKey(name: "other", tenant: "other", role: .admin).reveal()
            let first = message("discover", payload: ["capability": "x"])
            let second = message("discover", payload: ["capability": "y"])
            #expect(try await send(stage, first).status == 200)
            let others = try await stage.call("POST", "/lam/message", body: second.text(), key: key)
            #expect(others.status == 200, "\(others.json.text())")
            #expect(try await send(stage, first).status == 200)
            #expect(try await send(stage, second).status == 409)
            let again = try await stage.call("POST", "/lam/message", body: first.text(), key: key)
            #expect(again.status == 409, "\(again.json.text())")
        }
    }

    @Test func `a message goes on to the agent it is for, at most eight times`() async throws {
        try await Stage.with { stage in
            let agent = try await stage.call("POST", "/agents", body: #"{"name": "one", "capabilities": ["x"]}"#)
            let to: JSONObject = ["to": ["agent://agent/one"]]
            #expect(try await send(stage, message("route", to, payload: ["hops": 2, "note": "hi"])).status == 200)
            let key = agent.json["api_key"]?.string
            let box = try await stage.call("GET", "/agents/one/messages?after=0", key: key)
            #expect(box.json["messages"]?[0]?["message"]?["payload"] == ["hops": 3, "note": "hi"])
            let far = try await send(stage, message("route", to.merging(["id": "r2"]), payload: ["hops": 8]))
            #expect(far.json["errors"]?[0]?["pointer"] == "/payload/hops")
            let nobody = try await send(stage, message("route", ["id": "r3", "to": ["agent://agent/two"]]))
            #expect(nobody.json["errors"]?[0]?["pointer"] == "/to/0")
        }
    }

    // MARK: Senders

    @Test(arguments: [
        "me", "x y", "agent://", "agent://desk", "agent://desk/", "agent://Desk/me", "agent://desk/a b",
        "AGENT://desk/me",
    ])
    func `a sender that is no address is refused by name`(sender: String) async throws {
        try await Stage.with { stage in
            let discover = message("discover", ["sender": .string(sender)], payload: ["capability": "x"])
            let answer = try await send(stage, discover)
            #expect(answer.status == 400, "\(answer.json.text())")
            #expect(answer.json["errors"]?[0]?["pointer"] == "/sender")
            #expect(answer.json["detail"]?.string?.contains("agent://desk/me") == true)
        }
    }

    @Test func `a receiver that is no address is refused by its place, whoever sends`() async throws {
        try await Stage.with { stage in
            let to: JSONObject = ["to": ["agent://desk/you", "x", "agent://desk"]]
            let worker: JSONObject = ["sender": "agent://worker/w1", "epoch": 1]
            let payload: JSONObject = ["job_id": .string(try await stage.submit())]
            for sent in [
                message("discover", to, payload: ["capability": "x"]),
                message("agree", worker.merging(to), payload: payload.merging(["worker": "w1"])),
            ] {
                let answer = try await send(stage, sent)
                #expect(answer.status == 400, "\(answer.json.text())")
                let pointers = answer.json["errors"]?.array?.compactMap { $0["pointer"]?.string }
                #expect(pointers == ["/to/1", "/to/2"])
            }
        }
    }

    @Test(arguments: ["agent://scheduler", "agent://scheduler/x", "agent://worker/w1", "agent://agent/one"])
    func `nobody speaks as the scheduler, a worker or an agent but they`(sender: String) async throws {
        try await Stage.with { stage in
            let agent = try await stage.call("POST", "/agents", body: #"{"name": "one", "capabilities": ["x"]}"#)
            let order = KeyOrder(name: "x", tenant: .default, role: .operator, scopes: [.work])
            let work = try await stage.authority.createKey(order).reveal()
            for type in ["route", "discover", "propose"] {
                let more: JSONObject = ["sender": .string(sender), "to": ["agent://agent/one"]]
                let body = message(type, more, payload: ["capability": "x"]).text()
                let answer = try await stage.call("POST", "/lam/message", body: body, key: work)
                #expect(answer.status == 403, "\(answer.json.text())")
                #expect(answer.json["errors"]?[0]?["pointer"] == "/sender")
            }
            let box = try await stage.call("GET", "/agents/one/messages?after=0", key: agent.json["api_key"]?.string)
            #expect(box.json["messages"] == [])
        }
    }

    @Test func `a worker's message comes from that worker`() async throws {
        try await Stage.with { stage in
            let payload: JSONObject = ["job_id": .string(try await stage.submit()), "worker": "w1"]
            for sender in ["agent://worker/w2", "agent://agent/one", "agent://scheduler", "me"] {
                let agree = message("agree", ["sender": .string(sender), "epoch": 1], payload: payload)
                let answer = try await send(stage, agree)
                #expect(answer.status == 400, "\(answer.json.text())")
                #expect(answer.json["errors"]?[0]?["pointer"] == "/sender")
                #expect(answer.json["detail"]?.string?.contains("agent://worker/w1") == true)
            }
            let own = message("agree", ["sender": "agent://worker/w1", "epoch": 1], payload: payload)
            #expect(try await send(stage, own).status == 200)
        }
    }

    // MARK: What cannot be said any more

    @Test func `the first answer to a proposal stands`() async throws {
        try await Stage.with { stage in
            let job = JSONValue.string(try await stage.submit())
            for (first, second) in [("refuse", "agree"), ("agree", "refuse")] {
                let proposal = "p-\(first)"
                func answer(_ type: String, _ id: String) async throws -> Stage.Answer {
                    let more: JSONObject = ["id": .string(id), "correlation": ["inReplyTo": .string(proposal)]]
                    return try await send(stage, message(type, more, payload: ["job_id": job]))
                }
                let propose = message("propose", ["id": .string(proposal)], payload: ["job_id": job, "proposal": 1])
                #expect(try await send(stage, propose).status == 200)
                #expect(try await answer(first, "1-\(first)").status == 200)
                #expect(try await answer(first, "2-\(first)").status == 200)
                let late = try await answer(second, "3-\(first)")
                #expect(late.status == 409 && late.json["code"] == "conflict", "\(late.json.text())")
                #expect(late.json["detail"]?.string?.contains("1-\(first)") == true)
            }
        }
    }

    @Test func `an answer to nothing, and an offer nobody asked for, say what is not there`() async throws {
        try await Stage.with { stage in
            let job = JSONValue.string(try await stage.submit())
            for type in ["agree", "refuse"] {
                let more: JSONObject = ["correlation": ["inReplyTo": "nothing"]]
                let answer = try await send(stage, message(type, more, payload: ["job_id": job]))
                #expect(answer.status == 400)
                #expect(answer.json["errors"]?[0]?["pointer"] == "/correlation/inReplyTo", "\(answer.json.text())")
                #expect(answer.json["detail"]?.string?.contains("'nothing'") == true)
            }
            for more in [["id": "o1"], ["id": "o2", "correlation": ["conversationId": "none"]]] as [JSONObject] {
                let offer = try await send(stage, message("offer", more, payload: ["cost": 1]))
                #expect(offer.status == 400)
                #expect(offer.json["errors"]?[0]?["pointer"] == "/correlation/conversationId", "\(offer.json.text())")
            }
        }
    }
}
