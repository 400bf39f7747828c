import JSON
import JobModel
import Security
import Synchronization
import TestSupport
import Testing

@testable import SchedulerAPI

@Suite struct TicketTests {
    private func ticket(_ stage: Stage, _ body: String, key: String? = nil) async throws -> String {
        let answer = try await stage.call("POST", "/ws-tickets", body: body, key: key ?? stage.key)
        #expect(answer.status == 201, "\(answer.json.text())")
        #expect(answer.json["subprotocols"]?[0] == "cpa.v1")
        return answer.json["subprotocols"]?[1]?.string ?? ""
    }

    private func status(_ stage: Stage, _ path: String, _ word: String, origin: String? = "http://localhost")
        async throws
        -> Int
    {
        let origins = origin.map { [("Origin", $0)] } ?? []
        let (client, answer) = try await stage.watch(
            path,
            headers: [("Sec-WebSocket-Protocol", "cpa.v1, \(word)")] + origins
        )
        await client.close()
        return Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    @Test func `a ticket opens one socket, once, for its job and from a page only`() async throws {
        try await Stage.with { stage in
            let (id, other) = (try await stage.submit(), try await stage.submit("other"))
            let first = try await ticket(stage, #"{"job_id": "\#(id)"}"#)
            #expect(try await status(stage, "/ws/jobs/\(id)", first) == 101)
            #expect(try await status(stage, "/ws/jobs/\(id)", first) == 401)
            let second = try await ticket(stage, #"{"job_id": "\#(id)"}"#)
            #expect(try await status(stage, "/ws/jobs/\(other)", second) == 401)
            // Tried at the wrong place, it is used up.
            #expect(try await status(stage, "/ws/jobs/\(id)", second) == 401)
            let third = try await ticket(stage, #"{"job_id": "\#(id)"}"#)
            #expect(try await status(stage, "/ws/jobs/\(id)", third, origin: nil) == 403)
            let fourth = try await ticket(stage, #"{"job_id": "\#(id)"}"#)
            #expect(try await status(stage, "/ws/jobs/\(id)", fourth, origin: "https://evil.example") == 403)
            let fifth = try await ticket(stage, #"{"job_id": "\#(id)"}"#)
            #expect(try await status(stage, "/api/v1/ws/jobs/\(id)", fifth) == 101)
            #expect(try await status(stage, "/ws/jobs/\(id)", "ticket.wrong") == 401)
        }
    }

    @Test func `a ticket opens no route but a socket`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let word = try await ticket(stage, #"{"job_id": "\#(id)"}"#)
            let headers = [("Sec-WebSocket-Protocol", word)]
            #expect(try await stage.call("GET", "/jobs/\(id)", key: String?.none, headers: headers).status == 401)
        }
    }

    @Test func `tickets are given for jobs that the caller may see, and sessions it may open`() async throws {
        try await Stage.with { stage in
            let id = try await stage.submit()
            let stranger = try await stage.authority.createKey(name: "s", tenant: "other", role: .admin).reveal()
            let body = #"{"job_id": "\#(id)"}"#
            #expect(try await stage.call("POST", "/ws-tickets", body: body, key: stranger).status == 404)
            let viewer = try await stage.authority.createKey(name: "v", tenant: .default, role: .viewer).reveal()
            #expect(try await stage.call("POST", "/ws-tickets", body: body, key: viewer).status == 201)
            let session = #"{"session": true}"#
            #expect(try await stage.call("POST", "/ws-tickets", body: session, key: viewer).status == 403)
            for body in ["{}", #"{"job_id": 1}"#, #"{"job_id": "x", "session": true}"#] {
                #expect(try await stage.call("POST", "/ws-tickets", body: body).status == 400, "\(body)")
            }
        }
    }

    @Test func `a ticket ends after 30 s, and its socket with the key it came from`() async throws {
        let time = Mutex<Int64>(0)
        let desk = TicketDesk(now: { time.withLock { $0 } })
        let caller = Principal(id: "k", tenant: .default)
        let text = try #require(desk.give(to: caller, credential: nil, for: "/a", from: "::1"))
        let late = try #require(desk.give(to: caller, credential: nil, for: "/a", from: "::1"))
        let elsewhere = try #require(desk.give(to: caller, credential: nil, for: "/a", from: "::1"))
        time.withLock { $0 = TicketDesk.lifetime - 1 }
        #expect(desk.take(elsewhere, for: "/a", from: "::2") == nil)
        #expect(desk.take(text, for: "/a", from: "::1")?.caller == caller)
        time.withLock { $0 = TicketDesk.lifetime }
        #expect(desk.take(late, for: "/a", from: "::1") == nil)
        try await Stage.with({ $0.keyCheckInterval = .milliseconds(30) }) { stage in
            let id = try await stage.submit()
            let key = try await stage.authority.createKey(name: "short", tenant: .default, role: .viewer)
            let word = try await ticket(stage, #"{"job_id": "\#(id)"}"#, key: key.reveal())
            let headers = [("Sec-WebSocket-Protocol", "cpa.v1, \(word)"), ("Origin", "http://localhost")]
            let (client, _) = try await stage.watch("/ws/jobs/\(id)", headers: headers)
            _ = await client.receive { !Watched($0).types.isEmpty }
            try await stage.authority.revoke(key.id)
            #expect(Watched(await client.receive { _ in false }).closeCode == 4500)
            await client.close()
        }
    }

    @Test func `a flood of tickets that nobody uses is bounded`() {
        let desk = TicketDesk(now: { 0 })
        let caller = Principal(id: "k", tenant: .default)
        for _ in 0..<10_000 { #expect(desk.give(to: caller, credential: nil, for: "/a", from: "::1") != nil) }
        #expect(desk.give(to: caller, credential: nil, for: "/a", from: "::1") == nil)
    }
}
