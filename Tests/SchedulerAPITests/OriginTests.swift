import EventLoops
import JSON
import TestSupport
import Testing

@testable import SchedulerAPI

@Suite struct OriginTests {
    @Test func `the request and the trace it came with stand on the job, in the audit and in the handover`()
        async throws
    {
        try await Stage.with { stage in
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let headers = [("X-Request-Id", "desk-7"), ("traceparent", trace)]
            let made = try await stage.call("POST", "/jobs", body: Stage.scenario(), headers: headers)
            let id = made.json["id"]?.string ?? ""
            #expect(made.json["request_id"] == "desk-7" && made.json["traceparent"] == .string(trace))
            let handover = try await stage.lam("agree", id, id: "a").json
            #expect(handover["job"]?["traceparent"] == .string(trace))
            _ = try await stage.call("DELETE", "/jobs/\(id)", headers: [("X-Request-Id", "desk-8")])
            let records = try await stage.call("GET", "/audit/\(id)").json["records"]?.array ?? []
            #expect(records.first?["detail"]?["request_id"] == "desk-7")
            #expect(records.first?["detail"]?["traceparent"] == .string(trace))
            #expect(records.last?["detail"]?["request_id"] == "desk-8")
        }
    }

    @Test func `a repeated submission is marked, another body refused, one in progress told to wait`() async throws {
        try await Stage.with { stage in
            let key = [("Idempotency-Key", "k1")]
            let first = try await stage.call("POST", "/jobs", body: Stage.scenario(), headers: key)
            #expect(first.status == 202 && first.field("Idempotency-Replayed") == nil)
            let second = try await stage.call("POST", "/jobs", body: Stage.scenario(), headers: key)
            #expect(second.status == 202 && second.field("Idempotency-Replayed") == "true")
            #expect(second.json["id"] == first.json["id"])
            let other = try await stage.call("POST", "/jobs", body: Stage.scenario("other"), headers: key)
            #expect(other.status == 422 && other.json["code"] == "idempotency_mismatch")
            let bad = try await stage.call(
                "POST",
                "/jobs",
                body: Stage.scenario(),
                headers: [("Idempotency-Key", "a b")]
            )
            #expect(bad.status == 400 && bad.json["errors"]?[0]?["parameter"] == "Idempotency-Key")

            // The first of two has sent its head and not yet its body.
            let body = Stage.scenario("slow")
            let slow = try await RawClient(on: stage.loop, port: stage.port)
            await slow.send(
                "POST /jobs HTTP/1.1\r\nHost: localhost\r\nX-API-Key: \(stage.key)\r\nIdempotency-Key: k2\r\n"
                    + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
            )
            while stage.server.requestsAtWork == 0 { try await stage.loop.sleep(for: .milliseconds(2)) }
            let waiting = [("Idempotency-Key", "k2")]
            let early = try await stage.call("POST", "/jobs", body: body, headers: waiting)
            #expect(early.status == 409 && early.json["code"] == "idempotency_in_progress")
            #expect(early.field("Retry-After") == "1")
            await slow.send(body)
            let answer = AnswerReader.answers(in: await slow.receive { _ in false }).last
            #expect(answer?.status == 202)
            await slow.close()
            let late = try await stage.call("POST", "/jobs", body: body, headers: waiting)
            #expect(late.status == 202 && late.field("Idempotency-Replayed") == "true")
        }
    }

    @Test func `two idempotency keys that differ are refused by both names, two alike are one`() async throws {
        try await Stage.with { stage in
            let body = #"{"scenario": \#(Stage.scenario()), "idempotency_key": "k1"}"#
            let refused = try await stage.call("POST", "/jobs", body: body, headers: [("Idempotency-Key", "k2")])
            #expect(refused.status == 400, "\(refused.json.text())")
            let errors = refused.json["errors"]?.array ?? []
            #expect(errors.compactMap { $0["pointer"]?.string } == ["/idempotency_key"])
            #expect(errors.compactMap { $0["parameter"]?.string } == ["Idempotency-Key"])
            #expect(try await stage.call("GET", "/jobs").json["jobs"] == [])
            let taken = try await stage.call("POST", "/jobs", body: body, headers: [("Idempotency-Key", "k1")])
            #expect(taken.status == 202)
            #expect(try await stage.call("POST", "/jobs", body: body).json["id"] == taken.json["id"])
        }
    }

    @Test func `a route that takes no idempotency key says so, and what to do instead`() async throws {
        try await Stage.with { stage in
            for route in RouteTable.routes where route.method == "POST" && !route.hasHeader("Idempotency-Key") {
                let path = route.path.replacing("{id}", with: "x")
                let answer = try await stage.call("POST", path, body: "{}", headers: [("Idempotency-Key", "k")])
                #expect(answer.status == 400, "\(path)")
                #expect(answer.json["errors"]?[0]?["parameter"] == "Idempotency-Key", "\(path)")
            }
            let bulk = try await stage.call("POST", "/jobs/bulk", body: "[]", headers: [("Idempotency-Key", "k")])
            #expect(bulk.json["detail"]?.string?.contains("'idempotency_key'") == true)
        }
    }
}
