import EventLoops
import TestSupport
import Testing

/// What the suites rely on: tools/mail-server leaves nothing that runs, whenever it is told to end.
@Suite(.timeLimit(.minutes(1))) struct MailServerTests {
    /// - Parameter sign: the file by which it is seen to be making its key, about to start Dovecot, starting it.
    @Test(arguments: ["key.pem", "dovecot.conf", "run/master.pid"])
    func `a server that is told to end before it is ready ends in order`(sign: String) async throws {
        try await withTemporaryDirectory { directory in
            let run = try await runScript(
                """
                set -e
                mkfifo input
                \(MailServer.tool) "$HOME" <input & server=$!
                exec 3>input
                until [ -e \(sign) ]; do kill -0 $server; sleep 0.01; done
                kill $server
                wait $server
                # Dovecot takes it away when it ends.
                [ ! -e run/master.pid ]
                """,
                in: directory
            )
            #expect(run.exit == .exited(code: 0), "\(run.lines)")
            #expect(run.lines.filter { !$0.hasPrefix("READY ") } == [])
        }
    }
}
