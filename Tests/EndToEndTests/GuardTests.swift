import Cryptography
import EventLoops
import FoundationEssentials
import HTTPServer
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// Policies and the way out, as who runs a service meets them.
    @Suite(.timeLimit(.minutes(3)), .retried) struct GuardTests {
        @Test func `a service keeps jobs from this machine, says the rule, and writes it down`() async throws {
            try await Desk.with { desk in
                var desk = desk
                desk.environment["CPA_POLICIES"] = try desk.write("default: {}\n", as: "closed.yaml")
                let site = try await HTTPListener.start(on: desk.loop, handler: PageSite())
                let port = await site.localPort
                try await desk.serve(["--workers", "1"]) { server in
                    let literal: JSONObject = [
                        "name": "away", "tasks": [["action": "goto", "url": .string("http://127.0.0.1:\(port)/echo")]],
                    ]
                    let refused = try await server.call("POST", "/jobs", ["scenario": .object(literal)])
                    #expect(refused.status == 403, "\(refused.json.text())")
                    #expect(refused.json.text().contains("rule 'loopback'"))
                    // Names are looked up when the page asks.
                    let job = try await server.submit([
                        "name": "away", "tasks": [["action": "goto", "url": .string("http://localhost:\(port)/echo")]],
                    ])
                    let end = try await server.watched(job)
                    #expect(end.state == "failed")
                    let row = try await server.call("GET", "/jobs/\(job)").json
                    #expect(row["reason"] == "policy_denied", "\(row.text())")
                    let records = try await server.call("GET", "/audit/\(job)").json.text()
                    #expect(records.contains("policy.denied") && records.contains("loopback"), "\(records)")
                }
                // The control: the same job where this machine is open.
                desk.environment["CPA_POLICIES"] = try desk.write(
                    "default: { network: { open: [\"localhost:\(port)\"] } }\n",
                    as: "open.yaml"
                )
                try await desk.serve(["--workers", "1"]) { server in
                    let job = try await server.submit([
                        "name": "home", "tasks": [["action": "goto", "url": .string("http://localhost:\(port)/echo")]],
                    ])
                    #expect(try await server.watched(job).state == "done")
                }
                await site.close()
            }
        }

        @Test func `a broken file of policies is named with its line, by every command that reads it`() async throws {
            try await Desk.with { desk in
                let path = try desk.write("default:\n  mail: { domain: [a.example] }\n", as: "broken.yaml")
                for words in [["policies", path], ["serve", "--policies", path, "--listen", "127.0.0.1:0"]] {
                    let end = try await desk.run(arguments: words)
                    #expect(end.exit != .exited(code: 0))
                    #expect(
                        end.errors.contains("broken.yaml:2") && end.errors.contains("did you mean 'domains'"),
                        "\(end.errors)"
                    )
                }
                let good = try await desk.run(arguments: ["policies", "config/policies.example.yaml"])
                #expect(good.output.contains("tenant acme") && good.output.contains("acme.example"))
            }
        }

        @Test func `a secret is kept encrypted, used by a job, and gone with its key`() async throws {
            try await Desk.with { desk in
                let value = try desk.write("CANARY-4711\n", as: "value")
                let kept = try await desk.run("cpa", ["secrets", "set", "canary"], shell: "exec < \(value)")
                #expect(kept.exit == .exited(code: 0), "\(kept.errors)")
                let listed = try await desk.run(arguments: ["secrets", "list"])
                #expect(listed.output.contains("default/canary") && !listed.output.contains("CANARY"))
                let scenario = try desk.write(
                    """
                    name: use
                    tasks:
                      - { action: goto, url: "data:text/html,<input>" }
                      - { action: fill, selector: input, text: "{{ secrets.canary }}" }
                      - { action: extract, selector: input, kind: value, id: seen }
                    outputs: { length: "{{ tasks.seen.value }}" }
                    """,
                    as: "use.yaml"
                )
                let used = try await desk.run(arguments: ["run", scenario])
                #expect(used.exit == .exited(code: 0), "\(used.errors)")
                #expect(!(used.output + used.errors).contains("CANARY"))
                #expect(!desk.text(desk.data + "/secrets.json").contains("CANARY"))
                let other = try await desk.run(
                    "cpa",
                    ["secrets", "list"],
                    environment: ["CPA_SECRETS_KEY": String(repeating: "a", count: 64)]
                )
                #expect(other.exit != .exited(code: 0) && other.errors.contains("another key"))
                let rotated = try await desk.run(arguments: ["secrets", "rotate"])
                #expect(rotated.exit == .exited(code: 0), "\(rotated.errors)")
                #expect(try await desk.run(arguments: ["run", scenario]).exit == .exited(code: 0))
            }
        }

        @Test func `a secret of Vault is used, and no page reaches Vault`() async throws {
            try await Desk.with { desk in
                let vault = try await HTTPListener.start(on: desk.loop, handler: FixtureVault())
                let url = "http://127.0.0.1:\(await vault.localPort)"
                let environment = ["CPA_VAULT_URL": url, "CPA_VAULT_TOKEN": "s.token", "CPA_VAULT_MOUNT": "kv"]
                let use = try desk.write(
                    """
                    name: use
                    tasks:
                      - { action: goto, url: "data:text/html,<input>" }
                      - { action: fill, selector: input, text: "{{ secrets.portal }}" }
                      - { action: extract, selector: input, kind: value, id: seen }
                      - { action: expect, selector: input, value: "CANARY-vault" }
                    """,
                    as: "use.yaml"
                )
                let used = try await desk.run("cpa", ["run", use], environment: environment)
                #expect(used.exit == .exited(code: 0), "\(used.errors)")
                #expect(!(used.output + used.errors).contains("s.token"))
                let wrong = try await desk.run(
                    "cpa",
                    ["run", use],
                    environment: environment.merging(["CPA_VAULT_TOKEN": "s.other"]) { $1 }
                )
                #expect(wrong.exit != .exited(code: 0) && (wrong.output + wrong.errors).contains("CPA_VAULT_TOKEN"))
                #expect(!(wrong.output + wrong.errors).contains("s.other"))
                let visit = try desk.write(
                    "name: visit\ntasks:\n  - { action: goto, url: \"\(url)/v1/kv/data/cpa/default\" }\n",
                    as: "visit.yaml"
                )
                let kept = try await desk.run("cpa", ["run", visit], environment: environment)
                #expect(kept.exit != .exited(code: 0) && (kept.output + kept.errors).contains("own_port"))
                let open = try await desk.run("cpa", ["run", visit])
                #expect(open.exit == .exited(code: 0), "the control: elsewhere it is a site as any: \(open.errors)")
                await vault.close()
            }
        }

        @Test func `a backup holds no key: not of secrets, not of the audit, not of the API`() async throws {
            try await Desk.with { desk in
                let value = try desk.write("CANARY-4711\n", as: "value")
                let kept = try await desk.run("cpa", ["secrets", "set", "canary"], shell: "exec < \(value)")
                #expect(kept.exit == .exited(code: 0), "\(kept.errors)")
                try await desk.serve(["--workers", "0"]) { server in
                    let job = try await server.submit([
                        "name": "one", "tasks": [["action": "goto", "url": "about:blank"]],
                    ])
                    #expect(try await server.call("DELETE", "/jobs/\(job)").status < 300)
                }
                let copy = desk.directory + "/copy"
                let made = try await desk.run(arguments: ["backup", copy])
                #expect(made.exit == .exited(code: 0), "\(made.errors)")
                for name in ["secrets.key", "audit-key", "audit-signing-key", "webhook-secret", "api-key"] {
                    let key = desk.text("\(desk.data)/\(name)").trimmed
                    try #require(key.utf8.count >= 32, "\(name) is there")
                    let forms = [Array(key.utf8), key.hexadecimal].filter { !$0.isEmpty }
                    func isIn(_ directory: String) -> Bool {
                        desk.files(below: directory).contains { file in
                            forms.contains { file.firstRange(of: $0) != nil }
                        }
                    }
                    #expect(!isIn(copy), "\(name)")
                    #expect(isIn(desk.data), "the control: it is found where it lies")
                }
                #expect(desk.files(below: copy).contains { $0.firstRange(of: Array("job.cancelled".utf8)) != nil })
            }
        }
    }
}

/// HashiCorp Vault's key-value engine with one secret.
private struct FixtureVault: HTTPHandler {
    func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        guard request.path == "/v1/kv/data/cpa/default" else { return .text("{}", status: 404) }
        if let token = request.headers["x-vault-token"], token != "s.token" { return .text("{}", status: 403) }
        return .text(#"{"data":{"data":{"portal":"CANARY-vault"},"metadata":{"version":1}}}"#)
    }
}

extension String {
    fileprivate var trimmed: String { String(split(whereSeparator: \.isWhitespace).first ?? "") }

    /// The bytes its hexadecimal digits stand for; none when it has others.
    fileprivate var hexadecimal: [UInt8] { (try? Hex.decode(self)) ?? [] }
}

extension Desk {
    fileprivate func run(arguments: [String]) async throws -> FinishedProgram { try await run("cpa", arguments) }

    /// The bytes of every file in a directory and below it.
    fileprivate func files(below directory: String) -> [[UInt8]] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.flatMap { name -> [[UInt8]] in
            var isDirectory = false
            let path = "\(directory)/\(name)"
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return [] }
            return isDirectory ? files(below: path) : [Array(FileManager.default.contents(atPath: path) ?? Data())]
        }
    }
}
