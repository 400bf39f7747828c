import Executors
import JSON
import JobModel
import Security
import Storage
import TestSupport
import Testing

@testable import InteractiveSessions

/// Sessions over a real socket, with a browser that is played.
@Suite(.timeLimit(.minutes(2)), .retried) struct InteractiveSessionTests {
    @Test func `a client is greeted, opens, does a task, closes, and all of it is on record`() async throws {
        try await Parlour.with { parlour in
            let client = try await parlour.connect()
            await client.send(["id": 1, "type": "open", "label": "test", "browser": ["headers": ["X": "1"]]])
            #expect(await client.reply(1)["result"]?["page"] == "main")
            await client.task(2, "type", ["text": "hello", "selector": "css=a"])
            let reply = await client.reply(2)
            #expect(reply["ok"] == true)
            #expect(reply["result"]?["status"] == "done" && reply["result"]?["outputs"]?["text"] == "hello")
            #expect(reply["result"]?["page"] == "main" && reply["result"]?["action"] == "type")
            await client.send(["id": "end", "type": "close"])
            let heard = await client.hearAll()
            #expect(heard.messages.first?["type"] == "hello" && heard.messages.first?["idle_s"] == 60)
            #expect(heard.replies == [1, 2, "end"])
            #expect(heard.code == 1000)
            #expect(try await parlour.eventually { parlour.hall.count == 0 })
            #expect(parlour.browser.open == 0 && parlour.browser.opened == 1)
            #expect(
                parlour.audit.actions == [
                    "session.connected", "session.opened", "session.task", "session.result", "session.closed",
                ]
            )
            #expect(parlour.audit.entries[1].detail["browser"]?["headers"] == ["X"])
            #expect(parlour.audit.entries[2].detail["target"] == "css=a")
            #expect(!parlour.audit.entries.contains { $0.detail.text().contains("hello") })
        }
    }

    @Test func `what the tenant's policy denies is not done, and its rule is on record`() async throws {
        let text = "default: { actions: { deny: [type] }, pii: { rules: [{ kinds: [card], action: block }] } }"
        let policies = PolicySource(try Policies(parsing: Array(text.utf8), file: "policies.yaml"))
        try await Parlour.with(policies: policies) { parlour in
            let client = try await parlour.connectOpen()
            await client.task(1, "type", ["text": "hello", "selector": "css=a"])
            await client.task(2, "fill", ["text": "4111 1111 1111 1111", "selector": "css=a"])
            await client.task(3, "fill", ["text": "hello", "selector": "css=a"])
            for (id, rule) in [(1, "action_denied"), (2, "pii_card")] {
                let reply = await client.reply(.init(id))
                #expect(reply["ok"] == false && reply.text().contains("policy_denied"), "\(reply.text())")
                #expect(reply.text().contains(rule))
            }
            #expect(await client.reply(3)["ok"] == true, "the control: what no rule names is done")
            await client.send(["id": "end", "type": "close"])
            _ = await client.hearAll()
            #expect(try await parlour.eventually { parlour.hall.count == 0 })
            let denials = parlour.audit.entries.filter { $0.action == "policy.denied" }
            #expect(denials.map { $0.detail["rule"] } == ["action_denied", "pii_card"])
            #expect(denials.allSatisfy { $0.detail["session"] != nil && !$0.detail.text().contains("4111") })
        }
    }

    @Test func `tasks of one page keep their order, another page does not wait`() async throws {
        try await Parlour.with { parlour in
            let client = try await parlour.connectOpen()
            for (id, action) in [(1, "focus"), (2, "hover"), (3, "hover")] {
                await client.task(id, action, ["id": .string("main\(id)"), "selector": "css=a"])
            }
            await client.task(4, "hover", ["id": "other", "selector": "css=a", "page": "other"])
            #expect(try await parlour.eventually { parlour.browser.log.contains("begin other") })
            #expect(!parlour.browser.log.contains("end main1"))
            parlour.browser.release()
            let heard = await client.hear { $0.replies.count == 5 }
            #expect(heard.replies.filter { $0 != 4 } == [0, 1, 2, 3])
            let log = parlour.browser.log
            #expect(
                log.filter { $0.contains("main") } == [
                    "begin main1", "end main1", "begin main2", "end main2", "begin main3", "end main3",
                ]
            )
            await client.raw.close()
        }
    }

    @Test func `cancel ends a wait, and what waits behind it goes on`() async throws {
        try await Parlour.with { parlour in
            let client = try await parlour.connectOpen()
            await client.task(1, "wait_for", ["selector": "css=a", "timeout": 300])
            await client.task(2, "type", ["text": "next"])
            #expect(try await parlour.eventually { parlour.browser.log.contains("begin r1") })
            let began = ContinuousClock.now
            await client.send(["id": 3, "type": "cancel", "request": 1])
            let reply = await client.reply(1)
            #expect(reply["error"]?["reason"] == "cancelled")
            #expect(ContinuousClock.now - began < .seconds(30))
            #expect(await client.reply(2)["ok"] == true)
            #expect(await client.reply(3)["result"]?["found"] == true)
            await client.send(["id": 4, "type": "cancel", "request": 1])
            #expect(await client.reply(4)["result"]?["found"] == false)
            await client.raw.close()
        }
    }

    @Test func `a task that does not obey is given up with its context, and open leases another`() async throws {
        try await Parlour.with { parlour in
            let client = try await parlour.connectOpen()
            await client.task(1, "press", ["key": "Enter", "timeout": 60])
            #expect(try await parlour.eventually { parlour.browser.log.contains("begin r1") })
            await client.send(["id": 2, "type": "cancel", "request": 1])
            #expect(await client.reply(1)["error"]?["reason"] == "page_session_lost")
            await client.task(3, "type", ["text": "x"])
            #expect(await client.reply(3)["error"]?["reason"] == "browser_crashed")
            await client.send(["id": 4, "type": "open"])
            #expect(await client.reply(4)["ok"] == true)
            await client.raw.close()
            #expect(try await parlour.eventually { parlour.browser.open == 0 && parlour.browser.opened == 2 })
        }
    }

    @Test func `a browser that is lost fails the task, is told, and open leases another`() async throws {
        try await Parlour.with { parlour in
            let client = try await parlour.connectOpen()
            await client.send(["id": 1, "type": "put", "name": "a.txt", "base64": "QQ=="])
            _ = await client.reply(1)
            parlour.browser.tell(ExecutorEvent(.crash, detail: ["what": "browser", "message": "gone"]))
            let heard = await client.hear { $0.event("crash") != nil }
            #expect(heard.event("crash")?["what"] == "browser")
            #expect(try await parlour.eventually { parlour.browser.open == 0 })
            await client.send(["id": 2, "type": "open"])
            _ = await client.reply(2)
            await client.task(3, "click", ["selector": "css=a"])
            #expect(await client.reply(3)["error"]?["reason"] == "browser_crashed")
            await client.send(["id": 4, "type": "open"])
            _ = await client.reply(4)
            await client.task(5, "type", ["text": "x"])
            #expect(await client.reply(5)["ok"] == true)
            await client.send(["id": 6, "type": "artifact", "name": "a.txt"])
            #expect(await client.reply(6)["result"]?["base64"] == "QQ==")
            await client.raw.close()
            #expect(try await parlour.eventually { parlour.browser.open == 0 && parlour.browser.opened == 3 })
        }
    }

    @Test func `a client killed in mid-action leaves no context and no file`() async throws {
        try await Parlour.with { parlour in
            let client = try await parlour.connectOpen()
            await client.send(["id": 1, "type": "put", "name": "a.txt", "base64": "QQ=="])
            await client.task(2, "wait_for", ["selector": "css=a", "timeout": 300])
            #expect(try await parlour.eventually { parlour.browser.log.contains("begin r2") })
            await client.raw.reset()
            #expect(try await parlour.eventually { parlour.hall.count == 0 })
            #expect(parlour.browser.open == 0 && parlour.browser.log.last == "end r2")
            #expect(files(in: parlour.directory) == [])
            #expect(parlour.audit.entries.last?.detail["reason"] == "disconnected")
        }
    }

    @Test func `garbage, unknown actions and binary frames are answered, and the session goes on`() async throws {
        try await Parlour.with { parlour in
            let client = try await parlour.connectOpen()
            await client.send(text: "{garbage")
            await client.raw.send(ClientFrame(opcode: 2, payload: [1, 2, 3]).bytes)
            await client.task(1, "fly")
            await client.task(2, "send_mail", ["to": "a@b.example", "subject": "x", "text": "y"])
            await client.task(3, "type", ["text": "still here"])
            #expect(await client.reply(3)["result"]?["outputs"]?["text"] == "still here")
            let heard = await client.hear { _ in true }
            let garbage = heard.messages.filter { $0["type"] == "reply" && $0["id"] == .null }
            #expect(garbage.count == 2 && garbage.allSatisfy { $0["error"]?["reason"] == "invalid_input" })
            #expect(await client.reply(1)["error"]?["reason"] == "invalid_input")
            #expect(["policy_denied", "no_capable_worker"].contains(await client.reply(2)["error"]?["reason"]))
            await client.raw.close()
        }
    }

    @Test func `too many requests are refused, too long a message closes`() async throws {
        var limits = SessionHallLimits()
        limits.session.requests = 2
        limits.session.messageBytes = 10_000
        try await Parlour.with(limits) { parlour in
            let client = try await parlour.connectOpen()
            for id in 1...3 { await client.task(id, "wait_for", ["selector": "css=a", "timeout": 300]) }
            #expect(await client.reply(3)["error"]?["reason"] == "overloaded")
            await client.task(4, "type", ["text": .string(String(repeating: "x", count: 20_000))])
            #expect(await client.hearAll().code == 1009)
            #expect(try await parlour.eventually { parlour.hall.count == 0 && parlour.browser.open == 0 })
        }
    }

    @Test func `files go in by message and come out by message or path`() async throws {
        var limits = SessionHallLimits()
        limits.session.inlineBytes = 10
        try await Parlour.with(limits) { parlour in
            let client = try await parlour.connectOpen()
            await client.task(1, "screenshot", ["quality": 11])
            #expect(await client.reply(1)["result"]?["artifacts"]?.array?.first?["name"] == "shot.png")
            await client.send(["id": 2, "type": "artifact", "name": "shot.png"])
            let large = await client.reply(2)["result"]
            #expect(large?["bytes"] == 11 && large?["base64"] == nil)
            #expect(large?["path"]?.string?.hasSuffix("/artifacts/shot.png") == true)
            await client.send(["id": 3, "type": "put", "name": "../evil", "base64": "QQ=="])
            #expect(await client.reply(3)["error"]?["reason"] == "invalid_input")
            await client.send(["id": 4, "type": "artifact", "name": "none"])
            #expect(await client.reply(4)["error"]?["reason"] == "artifact_missing")
            let session = try #require(await client.hear { _ in true }.messages.first?["session"]?.string)
            let caller = Principal(id: "key", tenant: .default)
            let stranger = Principal(id: "key", tenant: "other")
            #expect(try await parlour.hall.file("shot.png", of: session, for: caller)?.artifact.bytes == 11)
            #expect(try await parlour.hall.file("shot.png", of: session, for: stranger) == nil)
            await client.raw.close()
        }
    }

    @Test func `secrets are used by name and shown nowhere`() async throws {
        try await Parlour.with(secrets: ["CPA_SECRET_PORTAL": "geheimnis"]) { parlour in
            let client = try await parlour.connectOpen()
            await client.task(1, "type", ["text": "{{ secrets.portal }}"])
            // The fake gives back what was entered.
            #expect(await client.reply(1)["result"]?["outputs"]?["text"] == "[secret]")
            parlour.browser.tell(ExecutorEvent(.dialog, page: "main", detail: ["message": "geheimnis!"]))
            let heard = await client.hear { $0.event("dialog") != nil }
            #expect(heard.event("dialog")?["message"] == "[secret]!")
            await client.task(2, "dblclick", ["selector": "text=geheimnis"])
            #expect(await client.reply(2)["error"]?["message"]?.string?.contains("geheimnis") == false)
            await client.task(3, "type", ["text": "{{ secrets.none }}"])
            #expect(await client.reply(3)["error"]?["message"]?.string?.contains("CPA_SECRET_NONE") == true)
            await client.task(4, "type", ["text": "{{ secrets.portal | upper }}"])
            #expect(await client.reply(4)["result"]?["outputs"]?["text"] == "[secret]")
            await client.task(5, "write_file", ["path": "a.txt", "text": "{{ secrets.portal | upper }}"])
            #expect(await client.reply(5)["error"]?["reason"] == "policy_denied")
            #expect(!parlour.audit.entries.contains { $0.detail.text().contains("geheimnis") })
            await client.raw.close()
        }
    }

    @Test func `only wanted events come, and before the reply of the task they came in`() async throws {
        try await Parlour.with { parlour in
            let client = try await parlour.connectOpen(["events": ["dialog"]])
            parlour.browser.tell(ExecutorEvent(.navigated, page: "main"))
            parlour.browser.tell(ExecutorEvent(.dialog, page: "main", detail: ["message": "x"]))
            await client.task(1, "type", ["text": "x"])
            _ = await client.reply(1)
            let heard = await client.hear { _ in true }
            #expect(heard.events.map { $0["event"] } == ["dialog"])
            #expect(heard.messages.map { $0["type"] } == ["hello", "reply", "event", "reply"])
            await client.raw.close()
        }
    }
}
