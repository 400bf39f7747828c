import JSON
import JobModel
import TestSupport
import Testing

@testable import Executors

private func step(_ action: Action, _ fields: JSONObject, text: String? = nil) -> Step {
    var task = ToDo(id: StepID("t0"), index: 0, action: action, fields: fields)
    task.text = text
    return Step(key: JournalKey(job: JobID("j1"), step: task.id), task: task, deadline: .now + .seconds(8))
}

private func withSession(
    known: [Artifact] = [],
    _ body: (any ExecutorSession, JobWorkspace) async throws -> Void
) async throws {
    try await withTemporaryDirectory { base in
        let workspace = JobWorkspace(directory: base + "/j1", known: known)
        let context = JobContext(job: JobID("j1"), tenant: .default, workspace: workspace)
        let session = FileExecutor().openSession(for: context)
        try await body(session, workspace)
        await session.close()
    }
}

@Suite struct FileExecutorTests {
    @Test func `a written file can be read as text, Base64 and JSON`() async throws {
        try await withSession { session, _ in
            let written = try await session.execute(step(.writeFile, ["path": "a.json", "content": ["n": 1]]))
            #expect(written.outputs["artifact"] == "a.json")
            #expect(written.artifacts.first?.contentType == "application/json")
            let read = try await session.execute(step(.readFile, ["path": "a.json", "format": "json"]))
            #expect(read.outputs["json"] == ["n": 1])
            let text = try await session.execute(step(.readFile, ["path": "a.json"]))
            #expect(text.outputs["text"] == "{\n  \"n\": 1\n}\n")
            let base64 = try await session.execute(step(.readFile, ["path": "a.json", "format": "base64"]))
            #expect(base64.outputs["base64"] == "ewogICJuIjogMQp9Cg==")
            #expect(base64.outputs["sha256"] == written.outputs["sha256"])
        }
    }

    @Test func `hashing gives the SHA-256 and the length`() async throws {
        try await withSession { session, _ in
            _ = try await session.execute(step(.writeFile, ["path": "a"], text: "abc"))
            let outcome = try await session.execute(step(.hashFile, ["path": "a"]))
            #expect(outcome.outputs["bytes"] == 3)
            #expect(outcome.touched == "a (3 B)")
            #expect(
                outcome.outputs["sha256"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            )
        }
    }

    @Test func `moving gives the file its new name`() async throws {
        try await withSession { session, workspace in
            _ = try await session.execute(step(.writeFile, ["path": "a"], text: "abc"))
            let outcome = try await session.execute(step(.moveFile, ["path": "a", "to": "b"]))
            #expect(outcome.outputs["artifact"] == "b")
            #expect(await workspace.list().map(\.name) == ["b"])
        }
    }

    private static let badInput: [(Action, JSONObject, ReasonCode)] = [
        (.readFile, ["path": "a", "format": "xml"], .invalidInput),
        (.readFile, ["path": "a", "format": "json"], .invalidInput),
        (.readFile, ["path": "a", "max_bytes": 2], .invalidInput),
        (.readFile, [:], .invalidInput),
        (.readFile, ["path": 5], .invalidInput),
        (.readFile, ["path": "missing"], .artifactMissing),
        (.readFile, ["path": "../../etc/passwd"], .invalidInput),
        (.writeFile, ["path": "b"], .invalidInput),
        (.writeFile, ["path": "b", "content": 1, "base64": ""], .invalidInput),
        (.writeFile, ["path": "b", "base64": "%"], .invalidInput),
        (.writeFile, ["path": "b", "content": 1, "content_type": "a/b\r\nX: y"], .invalidInput),
        (.writeFile, ["path": "a", "content": "again"], .invalidInput),
        (.writeFile, ["path": "b/c", "content": "x"], .invalidInput),
        (.moveFile, ["path": "a", "to": "../x"], .invalidInput),
        (.hashFile, ["path": "missing"], .artifactMissing),
    ]

    @Test(arguments: badInput)
    func `bad input is refused with a reason and is not retried`(action: Action, fields: JSONObject, reason: ReasonCode)
        async throws
    {
        try await withSession { session, workspace in
            _ = try await session.execute(step(.writeFile, ["path": "a"], text: "abc"))
            let error = await #expect(throws: StepFailure.self) { try await session.execute(step(action, fields)) }
            #expect(error?.reason == reason)
            #expect(error?.isRetryable == false)
            #expect(await workspace.list().map(\.name) == ["a"])
        }
    }

    @Test func `bytes that are no UTF-8 are not given out as text`() async throws {
        try await withSession { session, _ in
            _ = try await session.execute(step(.writeFile, ["path": "a", "base64": "/w=="]))
            let error = await #expect(throws: StepFailure.self) {
                try await session.execute(step(.readFile, ["path": "a"]))
            }
            #expect(error?.message.contains("format: base64") == true)
        }
    }

    @Test func `a write in doubt is looked up by its hash`() async throws {
        try await withSession { session, _ in
            let write = step(.writeFile, ["path": "a"], text: "abc")
            guard case .didNotHappen = try await session.verify(write) else { throw Unexpected() }
            _ = try await session.execute(write)
            guard case .happened(let outcome) = try await session.verify(write) else { throw Unexpected() }
            #expect(outcome.outputs["artifact"] == "a")
            let other = step(.writeFile, ["path": "a"], text: "other")
            guard case .didNotHappen = try await session.verify(other) else { throw Unexpected() }
        }
    }

    @Test func `a move in doubt is looked up by both names`() async throws {
        try await withSession { session, _ in
            let move = step(.moveFile, ["path": "a", "to": "b"])
            _ = try await session.execute(step(.writeFile, ["path": "a"], text: "abc"))
            guard case .didNotHappen = try await session.verify(move) else { throw Unexpected() }
            _ = try await session.execute(move)
            guard case .happened = try await session.verify(move) else { throw Unexpected() }
            _ = try await session.execute(step(.writeFile, ["path": "a"], text: "new"))
            guard case .unknown = try await session.verify(move) else { throw Unexpected() }
        }
    }

    @Test func `writing and moving are effects, reading and hashing are not`() {
        let classes = [Action.readFile, .writeFile, .moveFile, .hashFile].map { action in
            FileExecutor().effectClass(of: ToDo(id: StepID("t0"), index: 0, action: action))
        }
        #expect(classes == [.read, .effect, .effect, .read])
    }
}

private struct Unexpected: Error {}
