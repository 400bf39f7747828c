import EventLoops
import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import TestSupport
import Testing

@testable import SchedulerAPI

@Suite struct WatchTests {
    @Test func `a watcher gets hello, what it missed, what happens, and the end`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            _ = try await stage.lam("agree", id, id: "m1")
            let (client, answer) = try await stage.watch("/ws/jobs/\(id)?since=1")
            #expect(answer.hasPrefix("HTTP/1.1 101"))
            _ = await client.receive { Watched($0).types.count >= 2 }
            try await stage.finish(id)
            let watched = Watched(await client.receive { _ in false })
            #expect(watched.types.first == "hello")
            #expect(watched.events.first?["job"]?["id"]?.string == id)
            #expect(watched.events.first?["since"] == 1)
            let count = Int64(watched.sequence.count)
            #expect(watched.sequence == Array(2..<(2 + count)) && count >= 3)
            #expect(watched.types.last == "end")
            #expect(watched.closeCode == 4000)
            await client.close()
            let (late, _) = try await stage.watch("/api/v1/ws/jobs/\(id)?since=\(1 + count)")
            let rest = Watched(await late.receive { _ in false })
            #expect(rest.types == ["hello"] && rest.closeCode == 4000)
            await late.close()
        }
    }

    @Test func `coming back after every event gives each exactly once`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            try await stage.finish(id)
            let all = try await stage.call("GET", "/jobs/\(id)/events").json["events"]?.array?.count ?? 0
            var seen: [Int64] = []
            for _ in 0..<all {
                let (client, _) = try await stage.watch("/ws/jobs/\(id)?since=\(seen.last ?? 0)")
                let bytes = await client.receive { !Watched($0).sequence.isEmpty }
                seen.append(try #require(Watched(bytes).sequence.first))
                await client.reset()
            }
            #expect(seen == Array(1...Int64(all)))
        }
    }

    @Test func `a hundred watchers of one job all get everything once, wherever they began`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            var watchers: [RawClient] = []
            for index in 0..<100 {
                if index == 50 { _ = try await stage.lam("agree", id, id: "early") }
                watchers.append(try await stage.watch("/ws/jobs/\(id)?since=\(index % 2)").0)
            }
            try await stage.finish(id)
            for (index, client) in watchers.enumerated() {
                let watched = Watched(await client.receive { _ in false })
                #expect(watched.closeCode == 4000)
                #expect(watched.sequence == Array(Int64(index % 2 + 1)...(watched.sequence.last ?? 99)))
                #expect(watched.types.last == "end")
                await client.close()
            }
        }
    }

    @Test func `a position from nowhere is told as a gap`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let (client, _) = try await stage.watch("/ws/jobs/\(id)?since=999")
            let watched = Watched(await client.receive { Watched($0).types.count >= 2 })
            #expect(watched.types == ["hello", "gap"])
            #expect(watched.events.last?["reason"] == "position_unknown")
            await client.close()
        }
    }

    @Test func `the key comes by header or subprotocol, and a foreign page is refused`() async throws {
        try await Stage.with({ $0.allowedOrigins = ["https://desk.example"] }) { stage in
            let id = try await stage.submit()
            func status(_ headers: [(String, String)]) async throws -> String {
                let (client, answer) = try await stage.watch("/ws/jobs/\(id)", headers: headers)
                await client.close()
                return answer
            }
            let offered = try await status([("Sec-WebSocket-Protocol", "cpa.v1, key.\(stage.key)")])
            #expect(offered.hasPrefix("HTTP/1.1 101"))
            #expect(offered.contains("\r\nSec-WebSocket-Protocol: cpa.v1\r\n"))
            #expect(try await status([("Sec-WebSocket-Protocol", "cpa.v1, key.wrong")]).hasPrefix("HTTP/1.1 401"))
            #expect(try await status([]).hasPrefix("HTTP/1.1 401"))
            for (origin, status) in [
                ("https://desk.example", 101), ("http://localhost", 101), ("https://desk.example.evil", 403),
                ("null", 403),
            ] {
                let (client, answer) = try await stage.watch(
                    "/ws/jobs/\(id)",
                    headers: [("X-API-Key", stage.key), ("Origin", origin)]
                )
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(origin)")
                await client.close()
            }
            let (client, answer) = try await stage.watch("/ws/jobs/none")
            #expect(answer.hasPrefix("HTTP/1.1 404"))
            await client.close()
            #expect(try await stage.call("GET", "/ws/jobs/\(id)").status == 426)
        }
    }

    @Test func `a watcher that does not read is closed with its position, and others are not held up`() async throws {
        let change: (inout APISettings) -> Void = {
            $0.watchQueue = 65536
            $0.slowWatcherTimeout = .milliseconds(100)
        }
        try await Stage.with(change) { stage in
            let id = try await stage.submit()
            _ = try await stage.lam("agree", id, id: "m1")
            let (slow, _) = try await stage.watch("/ws/jobs/\(id)")
            await slow.stopReading()
            let (good, _) = try await stage.watch("/ws/jobs/\(id)")
            // More than the kernel's buffers take.
            let text = String(repeating: "x", count: 60_000)
            let total = 40
            for index in 0..<total {
                let step: JSONObject = [
                    "kind": "step", "step_id": "open", "iteration": .integer(Int64(index)), "status": "running",
                    "action": "goto", "touched": .string(text),
                ]
                #expect(try await stage.lam("inform", id, payload: step, id: "s\(index)").status == 200)
            }
            let bytes = await good.receive { Watched($0).sequence.count >= total }
            #expect(Watched(bytes).sequence.count >= total)
            while await stage.listener.connectionCount > 1 { try await stage.loop.sleep(for: .milliseconds(10)) }
            await slow.close()
            await good.close()
        }
    }

    @Test func `a revoked key ends its watchers, an old connection comes back, a shutdown says so`() async throws {
        try await Stage.with({ $0.keyCheckInterval = .milliseconds(30) }) { stage in
            let id = try await stage.submit()
            let key = try await stage.authority.createKey(name: "short", tenant: .default, role: .admin)
            let (client, _) = try await stage.watch("/ws/jobs/\(id)", headers: [("X-API-Key", key.reveal())])
            _ = await client.receive { !Watched($0).types.isEmpty }
            try await stage.authority.revoke(key.id)
            #expect(Watched(await client.receive { _ in false }).closeCode == 4500)
            await client.close()
        }
        try await Stage.with({ $0.watchMaximumAge = .milliseconds(50) }) { stage in
            let id = try await stage.submit()
            let (client, _) = try await stage.watch("/ws/jobs/\(id)")
            #expect(Watched(await client.receive { _ in false }).closeCode == 4001)
            await client.close()
        }
        try await Stage.with { stage in
            let id = try await stage.submit()
            let (client, _) = try await stage.watch("/ws/jobs/\(id)")
            _ = await client.receive { Watched($0).sequence.count >= 1 }
            stage.scheduler.close()
            let watched = Watched(await client.receive { _ in false })
            #expect(watched.closeCode == 4002)
            #expect(watched.closeReason.hasPrefix("since="))
            await client.close()
        }
    }
}
