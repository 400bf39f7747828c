import JobModel
import JobScheduler
import Security
import TestSupport
import Testing

@testable import ExecutorHost

#if canImport(Glibc)
    import Glibc
#endif

/// How a service comes by the secrets it signs calls with.
@Suite struct WebhookSecretsTests {
    private static let variable = Setting.webhookPreviousSecretFile.variable

    /// The signatures of a call.
    private func signatures(_ signer: WebhookSigner) -> [Substring] {
        let headers = signer.headers(id: "m1", time: 1, body: [], for: .webhooks(of: .default))
        return headers.first { $0.name == "webhook-signature" }?.value.split(separator: " ") ?? []
    }

    @Test func `a secret that was moved and is named signs beside the one that is made then`() async throws {
        try await withTemporaryDirectory { directory in
            var environment = ["CPA_DATA_DIR": directory]
            let before = try WebhookSecrets.signer(try Configuration(environment: environment))
            try #require(rename(directory + "/webhook-secret", directory + "/before") == 0)
            environment[Self.variable] = directory + "/before"
            let changing = try Configuration(environment: environment)
            let both = try signatures(WebhookSecrets.signer(changing))
            #expect(both.count == 2 && both.last == signatures(before).first)
            #expect(try signatures(WebhookSecrets.signer(changing)) == both)
            environment[Self.variable] = nil
            let after = try WebhookSecrets.signer(try Configuration(environment: environment))
            #expect(signatures(after) == Array(both.prefix(1)))
        }
    }

    @Test(
        arguments: [
            (nil, 0o600, "Cannot read the key file '/FILE': No such file or directory; name the file that was"),
            ("AAAA\n", 0o600, "'/FILE' holds no secret of 32 bytes in base64url; name the file"),
            ("AAAA\n", 0o640, "Others can read the key file '/FILE': chmod 600 it; name the file"),
        ] as [(String?, mode_t, String)]
    )
    func `what is no secret is refused with setting, file and remedy, and nothing is made`(
        text: String?,
        mode: mode_t,
        words: String
    ) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/before"
            if let text {
                try KeyFile.write(text, to: path)
                try #require(chmod(path, mode) == 0)
            }
            let configuration = try Configuration(environment: ["CPA_DATA_DIR": directory, Self.variable: path])
            let error = #expect(throws: HostError.self) { _ = try WebhookSecrets.signer(configuration) }
            let expected = "webhook_previous_secret_file: " + words.replacing("/FILE", with: path)
            #expect(error?.exitCode == .usage && error?.message.hasPrefix(expected) == true, "\(error?.message ?? "")")
            #expect(access(directory + "/webhook-secret", F_OK) != 0)
        }
    }

    @Test func `a secret that was copied instead of moved is refused: it would never change`() async throws {
        try await withTemporaryDirectory { directory in
            let (current, copy) = (directory + "/webhook-secret", directory + "/before")
            _ = try KeyFile.secret(at: current)
            try KeyFile.write(try KeyFile.read(current), to: copy)
            let configuration = try Configuration(environment: ["CPA_DATA_DIR": directory, Self.variable: copy])
            let error = #expect(throws: HostError.self) { _ = try WebhookSecrets.previous(configuration) }
            #expect(error?.message.contains("'\(copy)' holds the secret that is in use; move \(current) there") == true)
        }
    }

    @Test func `a secret in use that others can read ends the start with its file and remedy`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/webhook-secret"
            _ = try KeyFile.secret(at: path)
            try #require(chmod(path, 0o644) == 0)
            let configuration = try Configuration(environment: ["CPA_DATA_DIR": directory])
            let error = #expect(throws: HostError.self) { _ = try WebhookSecrets.signer(configuration) }
            #expect(error?.message == "Others can read the key file '\(path)': chmod 600 it")
        }
    }
}
