import EventLoops
import FoundationEssentials
import JSON
import TestSupport
import Testing

extension EndToEnd {
    /// `cpa serve` behind a certificate.
    @Suite(.timeLimit(.minutes(2)), .retried) struct TLSTests {
        @Test func `the API speaks HTTPS, and commands that trust its authority work with it`() async throws {
            try await Desk.with { desk in
                let made = try await TestCertificate.make(in: desk.directory)
                let task: JSONValue = ["action": "goto", "url": "http://127.0.0.1/"]
                let scenario = try desk.write((["name": "one", "tasks": [task]] as JSONObject).text(), as: "one.json")
                let tls = ["--workers", "0", "--tls-cert", made.certificate, "--tls-key", made.key]
                try await desk.serve(tls) { server in
                    let url = "https://\(server.address)"
                    let curl = try await CommandRun.run(
                        "/usr/bin/curl",
                        ["-sS", "--cacert", made.authority, "\(url)/health"]
                    )
                    #expect(curl.isSuccess, "\(curl.text)")
                    #expect(try JSONValue(parsing: curl.text).object != nil)
                    let plain = try await CommandRun.run("/usr/bin/curl", ["-sS", "http://\(server.address)/health"])
                    #expect(plain.text.contains("This port speaks HTTPS only"))
                    let trusting = ["CPA_SCHEDULER_URL": url, "CPA_SCHEDULER_CA_FILE": made.authority]
                    let jobs = try await desk.run("cpa", ["jobs", "--json"], environment: trusting)
                    #expect(jobs.exit == .exited(code: 0), "\(jobs.errors)")
                    let stranger = try await desk.run(
                        "cpa",
                        ["submit", scenario],
                        environment: ["CPA_SCHEDULER_URL": url]
                    )
                    #expect(stranger.exit != .exited(code: 0))
                    #expect(
                        stranger.errors.contains("certificate") && stranger.errors.contains("CPA_SCHEDULER_CA_FILE")
                    )
                    #expect(!stranger.errors.contains("is 'cpa serve' running there?"), "\(stranger.errors)")
                }
            }
        }

        @Test func `a job is handed in, done, watched and its file fetched over HTTPS alone`() async throws {
            try await Desk.with { desk in
                let made = try await TestCertificate.make(in: desk.directory)
                let task: JSONValue = ["action": "write_file", "path": "a.txt", "text": "Guten Tag"]
                let scenario = try desk.write((["name": "one", "tasks": [task]] as JSONObject).text(), as: "one.json")
                try await desk.serve(["--workers", "1", "--tls-cert", made.certificate, "--tls-key", made.key]) {
                    server in
                    let trusting = [
                        "CPA_SCHEDULER_URL": "https://\(server.address)", "CPA_SCHEDULER_CA_FILE": made.authority,
                    ]
                    let submitted = try await desk.run("cpa", ["submit", scenario, "--json"], environment: trusting)
                    let id = try #require(submitted.objects.first?["id"]?.string, "\(submitted.text)")
                    let folder = desk.directory + "/fetched"
                    let watched = try await desk.run(
                        "cpa",
                        ["watch", id, "--download", folder],
                        environment: trusting
                    )
                    #expect(watched.exit == .exited(code: 0), "\(watched.text)")
                    #expect(watched.errors.contains("write_file") && watched.output.contains("done in"))
                    #expect(!watched.errors.contains("polling"), "by its WebSocket")
                    #expect(desk.text(folder + "/a.txt") == "Guten Tag")
                    let stranger = try await desk.run(
                        "cpa",
                        ["watch", id],
                        environment: ["CPA_SCHEDULER_URL": "https://\(server.address)"]
                    )
                    #expect(stranger.exit != .exited(code: 0) && stranger.errors.contains("certificate"))
                }
            }
        }

        @Test(arguments: [
            (["--tls-cert", "CERT"], "--tls-key"), (["--tls-key", "KEY"], "--tls-cert"),
            (["--tls-cert", "CERT", "--tls-key", "OTHER"], "does not belong"),
            (["--tls-cert", "/nowhere.pem", "--tls-key", "KEY"], "cannot be read"),
            (["--tls-cert", "KEY", "--tls-key", "KEY"], "BEGIN CERTIFICATE"),
        ])
        func `a certificate that cannot be used is refused before anything starts`(
            options: [String],
            word: String
        ) async throws {
            try await Desk.with { desk in
                let made = try await TestCertificate.make(in: desk.directory)
                let paths = ["CERT": made.certificate, "KEY": made.key, "OTHER": desk.directory + "/ca.key"]
                let run = try await desk.run(
                    "cpa",
                    ["serve", "--listen", "127.0.0.1:0"] + options.map { paths[$0] ?? $0 }
                )
                #expect(run.exit != .exited(code: 0))
                #expect(run.errors.contains(word), "\(run.errors)")
                #expect(!FileManager.default.fileExists(atPath: desk.data + "/api-key"))
            }
        }
    }
}
