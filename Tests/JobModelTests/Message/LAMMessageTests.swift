import JSON
import JobModel
import Testing

struct LAMMessageTests {
    private let wire = """
        {"id":"m-1","ts":"2025-10-30T09:45:00Z","type":"request","sender":"agent://orchestrator/Marketing",\
        "to":["agent://worker/Analysis"],"intent":"analyse","task":"Analysiere Q3 Churn","payload":{},\
        "context":{"tenant":"acme","domain":"crm","locale":"de-DE"},\
        "correlation":{"conversationId":"conv-123","inReplyTo":"uuid-xyz"},"expected":{"format":"pdf"},\
        "status":"open","security":{"sig":"…"},"replyBy":"2025-10-30T10:00:00+01:00","epoch":7,"priority":"high"}
        """

    @Test func `reads every member of the wire form`() throws {
        let message = try LAMMessage(parsing: Array(wire.utf8))
        #expect(message.id == MessageID("m-1"))
        #expect(message.timestamp == 1_761_817_500_000)
        #expect(message.type == .request)
        #expect(message.sender == "agent://orchestrator/Marketing")
        #expect(message.to == ["agent://worker/Analysis"])
        #expect(message.intent == "analyse")
        #expect(message.task == "Analysiere Q3 Churn")
        #expect(message.tenant == TenantID("acme"))
        #expect(message.conversationID == "conv-123")
        #expect(message.inReplyTo == MessageID("uuid-xyz"))
        #expect(message.expected == ["format": "pdf"])
        #expect(message.status == "open")
        #expect(message.security == ["sig": "…"])
        #expect(message.replyBy == 1_761_814_800_000)
        #expect(message.epoch == Epoch(7))
        #expect(message.other == ["priority": "high"])
    }

    @Test func `writes what it read, unknown members included`() throws {
        let message = try LAMMessage(parsing: Array(wire.utf8))
        #expect(try LAMMessage(json: message.json) == message)
        #expect(message.json["priority"] == "high")
        #expect(message.json["ts"] == "2025-10-30T09:45:00.000Z")
    }

    @Test(arguments: LAMMessage.MessageType.allCases)
    func `every type travels`(type: LAMMessage.MessageType) throws {
        let message = LAMMessage(
            id: "m",
            timestamp: 5,
            type: type,
            sender: "a",
            to: ["b"],
            payload: ["job_id": "j", "step_id": "t0"]
        )
        #expect(try LAMMessage(json: message.json) == message)
        #expect(message.json["type"] == .string(type.rawValue))
        #expect(message.job == JobID("j"))
        #expect(message.step == StepID("t0"))
    }

    @Test func `absent members stay absent`() {
        let message = LAMMessage(id: "m", timestamp: 0, type: .done, sender: "a", to: ["b"], payload: ["job_id": "j"])
        #expect(message.json.keys == ["id", "ts", "type", "sender", "to", "payload"])
    }

    @Test func `unknown members of correlation are kept`() throws {
        let json: JSONObject = [
            "id": "m", "ts": "2026-03-01T08:30:00Z", "type": "inform", "sender": "a", "to": ["b"],
            "payload": ["job_id": "j"], "correlation": ["conversationId": "c", "thread": 4],
        ]
        let message = try LAMMessage(json: json)
        #expect(message.conversationID == "c")
        #expect(message.json["correlation"] == ["conversationId": "c", "thread": 4])
    }

    @Test func `names everything that is wrong, by pointer`() throws {
        let json: JSONObject = [
            "id": "", "ts": "yesterday", "type": "requst", "sender": 5, "to": [], "payload": ["iteration": -1],
            "context": ["tenant": 3], "correlation": "c", "epoch": -2, "replyBy": "soon",
        ]
        let error = try #require(throws: InvalidInput.self) { try LAMMessage(json: json) }
        #expect(
            error.description == """
                type: "requst" is no message type; did you mean 'request'?
                id: must be a string of 1 to 256 printable characters, is ""
                ts: "yesterday" is no RFC 3339 time; write it as 2026-03-01T08:30:00Z
                sender: must be a string of 1 to 256 printable characters, is 5
                to: is empty; name at least one receiver (only discover goes to nobody in particular)
                replyBy: "soon" is no RFC 3339 time; write it as 2026-03-01T08:30:00Z
                epoch: must be a whole number from 0, is -2
                correlation: must be an object, is string
                context.tenant: must be a string of 1 to 256 printable characters, is 3
                payload.iteration: must be a whole number from 0, is -1
                """
        )
    }

    @Test func `a message goes to a hundred receivers at most, to each once`() throws {
        func message(to receivers: [JSONValue]) throws -> LAMMessage {
            try LAMMessage(json: [
                "id": "m", "ts": "2026-03-01T08:30:00Z", "type": "route", "sender": "a", "to": .array(receivers),
            ])
        }
        let most = (0..<100).map { JSONValue.string("agent://agent/a\($0)") }
        #expect(try message(to: most).to.count == 100)
        let many = try #require(throws: InvalidInput.self) { try message(to: most + ["agent://agent/b"]) }
        #expect(many.description == "to: has 101 receivers; 100 are allowed: send it in several messages")
        let twice = try #require(throws: InvalidInput.self) { try message(to: ["a", "b", "a"]) }
        #expect(twice.description == #"to[2]: "a" is named twice; name each receiver once"#)
    }

    @Test func `names every member that is missing`() throws {
        let error = try #require(throws: InvalidInput.self) { try LAMMessage(json: ["type": "done"]) }
        #expect(
            error.description == """
                'id' is missing; give a unique id, such as a UUID
                'ts' is missing; give the time as 2026-03-01T08:30:00Z
                'sender' is missing; give the sender, such as agent://worker/one
                'to' is missing; give an array of receivers
                payload: 'job_id' is missing; done is always about a job
                """
        )
    }

    @Test func `bytes that are no message say why`() throws {
        let broken = try #require(throws: InvalidInput.self) { try LAMMessage(parsing: Array("{\"id\":}".utf8)) }
        #expect(broken.description == "1:7: id: expected a value, found '}'")
        let array = try #require(throws: InvalidInput.self) { try LAMMessage(parsing: Array("[]".utf8)) }
        #expect(array.description == "a message is an object, this is array")
    }
}
