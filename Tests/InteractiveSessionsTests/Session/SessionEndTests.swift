import Executors
import FoundationEssentials
import JSON
import JobModel
import Security
import Storage
import TestSupport
import Testing

@testable import InteractiveSessions

/// How sessions end when nobody asks for it.
@Suite(.timeLimit(.minutes(2)), .retried) struct SessionEndTests {
    @Test func `no request for a minute ends a session, with a word before`() async throws {
        let time = ManualTime()
        try await Parlour.with(clock: time.clock) { parlour in
            let client = try await parlour.connectOpen()
            time.advance(by: .seconds(59))
            await client.task(1, "type", ["text": "x"])
            _ = await client.reply(1)
            time.advance(by: .seconds(59))
            await client.task(2, "type", ["text": "x"])
            #expect(await client.reply(2)["ok"] == true)
            time.advance(by: .seconds(60))
            let heard = await client.hearAll()
            #expect(heard.event("closing")?["reason"] == "idle")
            #expect(heard.code == 4013 && heard.reason == "idle")
            #expect(try await parlour.eventually { parlour.hall.count == 0 && parlour.browser.open == 0 })
            #expect(parlour.audit.entries.last?.detail["reason"] == "idle")
        }
    }

    @Test func `a task at work is no idleness, and its end begins the minute anew`() async throws {
        let time = ManualTime()
        try await Parlour.with(clock: time.clock) { parlour in
            let client = try await parlour.connectOpen()
            await client.task(1, "wait_for", ["selector": "css=a", "timeout": 600])
            #expect(try await parlour.eventually { parlour.browser.log.contains("begin r1") })
            time.advance(by: .seconds(300))
            await client.send(["id": 2, "type": "cancel", "request": 1])
            #expect(await client.reply(1)["error"]?["reason"] == "cancelled")
            time.advance(by: .seconds(61))
            #expect(await client.hearAll().code == 4013)
        }
    }

    @Test func `an old session is closed when its grace is over`() async throws {
        let time = ManualTime()
        try await Parlour.with(clock: time.clock) { parlour in
            let client = try await parlour.connectOpen()
            await client.task(1, "wait_for", ["selector": "css=a", "timeout": 3600])
            #expect(try await parlour.eventually { parlour.browser.log.contains("begin r1") })
            time.advance(by: .seconds(1800))
            _ = await client.hear { $0.event("closing") != nil }
            await client.task(2, "type", ["text": "x"])
            #expect(await client.reply(2)["error"]?["reason"] == "closing")
            time.advance(by: .seconds(5))
            let heard = await client.hearAll()
            #expect(heard.code == 4001)
            #expect(heard.messages.contains { $0["id"] == 1 && $0["error"]?["reason"] == "closing" })
            // The wait was stopped; its grace is the same clock's.
            time.advance(by: .seconds(5))
            #expect(try await parlour.eventually { parlour.hall.count == 0 && parlour.browser.open == 0 })
        }
    }

    @Test func `limits hold for all and for one key, and a drained hall takes nobody`() async throws {
        let limits = SessionHallLimits(sessions: 3, sessionsPerKey: 2)
        try await Parlour.with(limits) { parlour in
            let one = Principal(id: "key", tenant: .default)
            let other = Principal(id: "other", tenant: .default)
            var clients: [Client] = []
            for _ in 0..<2 { clients.append(try await parlour.connectOpen()) }
            #expect(parlour.hall.refusal(of: one)?.code == .overloaded)
            #expect(parlour.hall.refusal(of: other) == nil)
            // Let through before the others came.
            let late = try await parlour.connect()
            #expect(await late.hearAll().code == 4505)
            #expect(parlour.browser.opened == 2)
            await clients[0].send(["id": 1, "type": "close"])
            #expect(await clients[0].hearAll().code == 1000)
            #expect(try await parlour.eventually { parlour.hall.refusal(of: one) == nil })
            async let drained: Void = parlour.hall.drain()
            #expect(await clients[1].hearAll().code == 4002)
            await drained
            #expect(parlour.hall.count == 0 && parlour.browser.open == 0)
            #expect(parlour.hall.refusal(of: other)?.code == .draining)
        }
    }

    @Test func `a drain lets a short task end, and does not wait for a long one`() async throws {
        var limits = SessionHallLimits()
        limits.session.grace = .milliseconds(300)
        try await Parlour.with(limits) { parlour in
            let (short, long) = (try await parlour.connectOpen(), try await parlour.connectOpen())
            await short.task(1, "hover", ["id": "short", "selector": "css=a"])
            await long.task(1, "wait_for", ["id": "long", "selector": "css=a", "timeout": 300])
            #expect(try await parlour.eventually { parlour.browser.log.contains("begin long") })
            async let drained: Void = parlour.hall.drain()
            #expect(await short.hearAll().messages.contains { $0["id"] == 1 && $0["ok"] == true })
            let heard = await long.hearAll()
            #expect(heard.messages.contains { $0["id"] == 1 && $0["error"]?["reason"] == "closing" })
            #expect(heard.code == 4002 && heard.event("closing")?["code"] == 4002)
            await drained
            #expect(parlour.browser.open == 0)
        }
    }

    @Test func `a slow reader gets a gap for events, and is closed when it does not read at all`() async throws {
        var limits = SessionHallLimits()
        limits.session.queuedEvents = 4
        limits.session.queuedBytes = 16_384
        limits.session.slowClientTimeout = .milliseconds(500)
        try await Parlour.with(limits) { parlour in
            let (slow, dead) = (try await parlour.connectOpen(), try await parlour.connectOpen())
            await dead.raw.stopReading()
            for id in 1...12 { await dead.task(id, "extract", ["selector": "css=a"]) }
            #expect(try await parlour.eventually { parlour.hall.count == 1 })
            #expect(parlour.browser.open == 1)
            await slow.raw.stopReading()
            await slow.task(1, "extract", ["selector": "css=a"])
            await slow.task(2, "extract", ["selector": "css=a"])
            #expect(try await parlour.eventually { parlour.browser.log.filter { $0 == "end r2" }.count == 2 })
            await slow.raw.startReading()
            _ = await slow.reply(2)
            await slow.raw.close()
        }
    }

    @Test func `a client that reads late is told how many events it missed`() async throws {
        var limits = SessionHallLimits()
        limits.session.queuedEvents = 4
        limits.session.queuedBytes = 16_384
        try await Parlour.with(limits) { parlour in
            let client = try await parlour.connectOpen()
            await client.raw.stopReading()
            // More than the kernel takes, so that what comes behind it waits here.
            for id in 1...6 { await client.task(id, "extract", ["selector": "css=a"]) }
            #expect(try await parlour.eventually { parlour.browser.log.contains("end r6") })
            let text = String(repeating: "x", count: 1000)
            for _ in 0..<2000 {
                parlour.browser.tell(ExecutorEvent(.dialog, page: "main", detail: ["message": .string(text)]))
            }
            await client.task(7, "type", ["text": "last"])
            await client.raw.startReading()
            #expect(await client.reply(7)["ok"] == true)
            let heard = await client.hear { _ in true }
            let dropped = heard.events.compactMap { $0["dropped"]?.int }.reduce(0, +)
            let told = heard.events.filter { $0["event"] == "dialog" }.count
            #expect(dropped > 0 && dropped + told == 2000, "\(dropped) + \(told)")
            #expect((1...7).allSatisfy { id in heard.replies.contains(.init(id)) })
            await client.raw.close()
        }
    }

    @Test func `a key that is revoked ends its sessions`() async throws {
        var limits = SessionHallLimits()
        limits.session.keyCheckInterval = .milliseconds(20)
        try await Parlour.with(limits) { parlour in
            let client = try await parlour.connectOpen()
            parlour.isKeyValid.set(false)
            #expect(await client.hearAll().code == 4500)
        }
    }

    @Test func `what cannot be put on record ends the session`() async throws {
        try await Parlour.with { parlour in
            let client = try await parlour.connectOpen()
            parlour.audit.breakDown()
            await client.task(1, "wait_for", ["selector": "css=a", "timeout": 300])
            #expect(await client.hearAll().code == 4511)
            #expect(try await parlour.eventually { parlour.hall.count == 0 && parlour.browser.open == 0 })
        }
    }

    @Test func `a context that cannot be had is an error of open, which may be tried again`() async throws {
        try await Parlour.with { parlour in
            parlour.browser.failNextOpen(
                StepFailure(reason: .browserMissing, message: "no Chromium", isRetryable: false)
            )
            let client = try await parlour.connect()
            await client.send(["id": 1, "type": "open"])
            #expect(await client.reply(1)["error"]?["reason"] == "browser_missing")
            await client.task(2, "type", ["text": "x"])
            #expect(await client.reply(2)["error"]?["reason"] == "not_open")
            await client.send(["id": 3, "type": "open"])
            #expect(await client.reply(3)["ok"] == true)
            await client.raw.close()
        }
    }
}

/// Names in a directory and below.
func files(in directory: String) -> [String] {
    (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
}
