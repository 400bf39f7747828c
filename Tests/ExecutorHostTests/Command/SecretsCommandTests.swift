import Security
import Synchronization
import TestSupport
import Testing

@testable import ExecutorHost

struct SecretsCommandTests {
    private func run(_ words: [String], in directory: String) async -> (
        code: ExitCode, result: [String], notes: [String]
    ) {
        let lines = Mutex((result: [String](), notes: [String]()))
        let terminal = Terminal(
            result: { line in lines.withLock { $0.result.append(line) } },
            note: { line in lines.withLock { $0.notes.append(line) } }
        )
        let tool = CommandLineTool(environment: ["CPA_DATA_DIR": directory], terminal: terminal, signals: Signals())
        let code = await tool.run(["secrets"] + words)
        return lines.withLock { (code, $0.result, $0.notes) }
    }

    @Test func `a list is all tenants', or only that of one`() async throws {
        try await withTemporaryDirectory { directory in
            let place = SecretsPlace(try Configuration(environment: ["CPA_DATA_DIR": directory]), [:])
            let store = try place.store(isMade: true)
            for tenant in ["acme", "default"] { try store.set("password", to: "x", tenant: tenant) }
            #expect(await run(["list"], in: directory).result.count == 2)
            let own = await run(["list", "--tenant", "acme"], in: directory).result
            #expect(own.count == 1 && own[0].hasPrefix("acme/password "), "\(own)")
            let nobody = await run(["list", "--tenant", "acne"], in: directory)
            #expect(nobody.code == .ok && nobody.result == [])
            #expect(nobody.notes.joined().contains("the tenant 'acne' has no secrets in"))
        }
    }

    @Test(arguments: [
        (["set", "a", "--tenant", ""], "--tenant: '' is no name of a tenant: 1 to 100 bytes"),
        (["list", "--tenant", "a\nb"], #"--tenant: 'a\nb' is no name of a tenant"#),
        (["set", "a__b"], "'a__b' is no name for a secret: letters, digits and single _"),
    ])
    func `what is no name is refused before a value is asked for`(words: [String], message: String) async throws {
        try await withTemporaryDirectory { directory in
            let outcome = await run(words, in: directory)
            #expect(outcome.code == .usage)
            #expect(outcome.notes.joined().contains(message), "\(outcome.notes)")
        }
    }
}
