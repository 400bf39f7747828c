import FoundationEssentials
import JSON
import JobModel
import JobScheduler
import Testing

@testable import ExecutorHost

struct SubmitCommandTests {
    private static let good = #"{"name": "n", "tasks": [{"action": "goto", "url": "https://x/"}]}"#
    private static let bad = #"{"tasks": [{"action": "klick"}]}"#

    private func write(_ lines: [String], _ desk: Desk) throws -> String {
        let path = desk.directory + "/bulk.jsonl"
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
        return path
    }

    @Test func `a file of submissions is handed over line by line, and wrong lines are named`() async throws {
        try await Desk.with { desk in
            let path = try write([Self.good, "", Self.bad, Self.good, "{"], desk)
            let outcome = await desk.run("submit", "--bulk", path)
            #expect(outcome.code == .problem)
            #expect(outcome.result.count == 2)
            #expect(outcome.notes.count == 2)
            #expect(outcome.notes[0].hasPrefix("\(path):3: tasks[0].action: there is no action 'klick'"))
            #expect(outcome.notes[1].hasPrefix("\(path):5: column "), "\(outcome.notes)")
            #expect(outcome.notes[1].contains("it cannot be read as JSON: "), "\(outcome.notes)")
            #expect(await desk.run("jobs").result.count == 2)
        }
    }

    @Test func `atomic takes all or none`() async throws {
        try await Desk.with { desk in
            let refused = await desk.run("submit", "--bulk", "--atomic", try write([Self.good, Self.bad], desk))
            #expect(refused.code == .problem)
            #expect(refused.result.isEmpty)
            let file = desk.directory + "/bulk.jsonl"
            #expect(refused.notes.joined().contains("\(file):2: tasks[0].action: "), "\(refused.notes)")
            let unread = await desk.run("submit", "--bulk", "--atomic", try write([Self.good, "", "nonsense"], desk))
            #expect(unread.notes.joined().contains("\(file):3: it cannot be read as JSON: "), "\(unread.notes)")
            #expect(await desk.run("jobs").result.isEmpty)
            let taken = await desk.run("submit", "--bulk", "--atomic", try write([Self.good, Self.good], desk))
            #expect(taken.code == .ok && taken.result.count == 2)
        }
    }

    @Test func `more lines than a call takes go in several`() async throws {
        try await Desk.with { desk in
            let path = try write(Array(repeating: Self.good, count: 1_001), desk)
            let outcome = await desk.run("submit", "--bulk", path)
            #expect(outcome.code == .ok, "\(outcome.notes)")
            #expect(Set(outcome.result).count == 1_001)
            #expect(await desk.run("submit", "--bulk", "--atomic", path).code == .usage)
        }
    }

    @Test func `files go up before the job, and one that is none is named`() async throws {
        try await Desk.with { desk in
            let path = desk.directory + "/s.json"
            try Data(Self.good.utf8).write(to: URL(filePath: path))
            let file = desk.directory + "/a.txt"
            for text in ["Guten Tag", ""] {
                try Data(text.utf8).write(to: URL(filePath: file))
                let outcome = await desk.run("submit", path, "--file", "a.txt=\(file)", "--json")
                #expect(outcome.code == .ok, "\(outcome.notes)")
                let id = try #require(try JSONValue(parsing: outcome.result.first ?? "")["id"]?.string)
                let job = try await desk.scheduler.job(JobID(id), for: desk.caller)
                #expect(job.artifacts.map(\.bytes) == [text.utf8.count])
                #expect(job.artifacts.map(\.contentType) == ["text/plain"])
            }
            for (file, words) in [
                (desk.directory + "/none.txt", "No such file or directory"),
                (desk.directory, "Is a directory; name a file in it"), ("/dev/null", "is no file of bytes"),
            ] {
                let outcome = await desk.run("submit", path, "--file", "a.txt=\(file)")
                let notes = outcome.notes.joined()
                #expect(outcome.code == .usage && notes.contains("--file a.txt: "), "\(outcome)")
                #expect(notes.contains(file) && notes.contains(words), "\(outcome)")
            }
        }
    }

    @Test func `a unique key refuses, replaces, or answers the one that has it`() async throws {
        try await Desk.with { desk in
            let path = desk.directory + "/s.json"
            try Data(Self.good.utf8).write(to: URL(filePath: path))
            let first = try #require(await desk.run("submit", path, "--unique", "u").result.first)
            let refused = await desk.run("submit", path, "--unique", "u")
            #expect(refused.code == .failed)
            #expect(refused.notes.joined().contains("held by job \(first), which is pending"))
            #expect(await desk.run("submit", path, "--unique", "u", "--on-conflict", "existing").result == [first])
            let second = await desk.run("submit", path, "--unique", "u", "--on-conflict", "replace").result.first
            #expect(second != nil && second != first)
            #expect(await desk.run("submit", path, "--unique", "u", "--on-conflict", "maybe").code == .problem)
            #expect(await desk.run("submit", path, "--on-conflict", "replace").code == .problem)
            #expect(await desk.run("submit", path, "--bulk", "--unique", "u").code == .usage)
        }
    }

    @Test func `names of others neither colour a list nor add a line to it`() async throws {
        try await Desk.with { desk in
            let name = "\u{1B}[31mRED\nfake-line done"
            let tasks: JSONValue = [["action": "goto", "url": "https://x/"]]
            let job: JSONObject = ["name": .string(name), "tasks": tasks]
            let path = desk.directory + "/s.json"
            try Data(job.text().utf8).write(to: URL(filePath: path))
            #expect(await desk.run("submit", path).code == .ok)
            #expect(await desk.run("keys", "create", name).code == .ok)
            for command in [["jobs"], ["keys", "list"]] {
                let lines = await desk.run(command).result
                #expect(lines.contains { $0.contains(#"\u001b[31mRED\nfake-line done"#) }, "\(lines)")
                #expect(!lines.joined().contains { "\u{1B}\n".contains($0) })
            }
        }
    }

    @Test(arguments: [
        (["--bulk", "--not-before", "2099-01-01T00:00:00Z"], "--not-before does not go with --bulk"),
        (["--atomic"], "--atomic goes with --bulk"),
    ])
    func `an option that would change nothing is refused, and nothing is submitted`(
        options: [String],
        message: String
    ) async throws {
        try await Desk.with { desk in
            let outcome = await desk.run(["submit", try write([Self.good], desk)] + options)
            #expect(outcome.code == .usage)
            #expect(outcome.notes.joined().contains(message))
            #expect(await desk.run("jobs").result.isEmpty)
        }
    }
}
