import EventLoops
import FoundationEssentials
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension EndToEnd {
    /// tools/chaos, as somebody types it.
    @Suite(.timeLimit(.minutes(8)), .serialized) struct ChaosTests {
        @Test func `the checker notices every kind of violation`() async throws {
            try await Desk.with { desk in
                let run = try await desk.run(Desk.package + "/tools/chaos", ["--check-checker"])
                #expect(run.exit == .exited(code: 0), "\(run.text)")
            }
        }

        @Test(.enabled(if: geteuid() == 0, "Only root makes namespaces; run tools/test as root or with sudo"))
        func `two minutes of faults break no promise`() async throws {
            try await Desk.with { desk in
                let keep = FileManager.default.temporaryDirectory.appending(path: "cpa-chaos-of-tests").path
                let evidence = (try? FileManager.default.contentsOfDirectory(atPath: keep)) ?? []
                let arguments = ["--minutes", "2", "--seed", "1", "--products", Desk.products, "--keep", keep]
                let run = try await desk.run(
                    Desk.package + "/tools/chaos",
                    arguments,
                    // It compiles its clock shim with the clang of the toolchain.
                    environment: ["PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"],
                    atMost: .seconds(420)
                )
                // The seed, the faults and what to type to see them again.
                try #require(run.exit == .exited(code: 0), "\(run.text)")
                // A run that passes leaves what an earlier one found, and nothing of its own.
                #expect(FileManager.default.fileExists(atPath: keep) != evidence.isEmpty)
            }
        }
    }
}
