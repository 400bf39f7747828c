import Executors
import FoundationEssentials
import JSON
import JobModel
import TestSupport
import Testing

@testable import JobWorker

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct SecretSourceTests {
    @Test func `a secret is found in its environment variable, a tenant's own first`() {
        let source = EnvironmentSecrets([
            "CPA_SECRET_PORTAL_PASSWORD": "a", "CPA_SECRET_ACME__PORTAL_PASSWORD": "b", "CPA_SECRET_EMPTY": "",
        ])
        #expect(source.secret("portal_password", tenant: .default) == "a")
        #expect(source.secret("portal-password", tenant: "acme") == "b")
        #expect(source.secret("empty", tenant: .default) == nil)
        #expect(source.secret("other", tenant: .default) == nil)
    }

    @Test func `a secret is found in the file, and a changed one without a restart`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/secrets"
            let source = SecretFile(path: path)
            #expect(try source.secret("a", tenant: .default) == nil)
            try write("# comment\n\na = x=\"y\" \nacme/a=z\nempty=\n", to: path)
            #expect(try source.secret("a", tenant: .default) == " x=\"y\" ")
            #expect(try source.secret("a", tenant: "acme") == "z")
            #expect(try source.secret("empty", tenant: .default) == nil)
            try write("a=new\n", to: path)
            #expect(try source.secret("a", tenant: .default) == "new")
        }
    }

    @Test func `a file that others may read is refused and says what to do`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/secrets"
            try write("a=x\n", to: path)
            #expect(chmod(path, 0o640) == 0)
            let error = #expect(throws: StepFailure.self) { try SecretFile(path: path).secret("a", tenant: .default) }
            #expect(error?.message.contains("chmod 600") == true)
        }
    }

    @Test func `the first source that knows a secret gives it`() async throws {
        let sources = SecretSources([Secrets(values: ["a": "1"]), Secrets(values: ["a": "2", "b": "3"])])
        #expect(try await sources.secret("a", tenant: .default) == "1")
        #expect(try await sources.secret("b", tenant: .default) == "3")
        #expect(try await sources.secret("c", tenant: .default) == nil)
    }

    @Test func `only what the templates name is read, keys of one-time passwords too`() async throws {
        let scenario: JSONObject = [
            "tasks": [["text": "{{ secrets.a }} {{ totp.portal }}", "fields": [["{{ secrets.b | default(\"\") }}"]]]],
            "outputs": ["x": "{{ secrets.c }}"],
        ]
        let source = Secrets(values: ["a": "1", "b": "2", "c": "3", "totp_portal": "KEY", "other": "4"])
        let secrets = try await JobSecrets(of: scenario, tenant: .default, from: source)
        #expect(secrets.values == ["a": "1", "b": "2", "c": "3", "totp_portal": "KEY"])
    }

    @Test func `what the filters make of secrets is hidden as they are`() async throws {
        let scenario: JSONObject = [
            "tasks": [["text": "{{ secrets.a | upper | json }} {{ secrets.b }} {{ secrets.none | upper }}"]]
        ]
        let source = Secrets(values: ["a": "word", "b": "pin"])
        let secrets = try await JobSecrets(of: scenario, tenant: .default, from: source)
        #expect(Set(secrets.hidden) == ["word", "WORD", #""WORD""#, "pin"])
        #expect(secrets.short == ["b"])
    }

    private func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        #expect(chmod(path, 0o600) == 0)
    }
}
