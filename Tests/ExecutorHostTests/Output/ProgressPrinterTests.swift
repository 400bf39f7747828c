import JSON
import JobModel
import Testing

@testable import ExecutorHost

struct ProgressPrinterTests {
    private func line(_ kind: JobEvent.Kind, _ data: JSONObject, step: StepID? = nil, styled: Bool = false) -> String? {
        let event = JobEvent(
            seq: 1,
            job: "j1",
            tenant: .default,
            timestamp: 0,
            epoch: Epoch(1),
            step: step,
            kind: kind,
            data: data
        )
        return ProgressPrinter().line(for: event)?.text(isStyled: styled)
    }

    @Test func `a step that is done shows time, id, action and what it touched`() {
        let data: JSONObject = [
            "status": "done", "action": "click", "duration_ms": 423, "iteration": 0, "touched": "button \"Anmelden\"",
        ]
        #expect(
            line(.step, data, step: "login") == "  done        0.42 s  login           click        button \"Anmelden\""
        )
    }

    @Test func `a failure shows reason and message on one line`() {
        let data: JSONObject = [
            "status": "failed", "action": "fill", "duration_ms": 8000, "reason": "not_found",
            "message": "nothing matches #a\ntried for 8 s",
        ]
        #expect(
            line(.step, data, step: "t1")
                == "  failed      8.00 s  t1              fill         not_found: nothing matches #a tried for 8 s"
        )
    }

    @Test func `a skipped step has no time`() {
        let data: JSONObject = [
            "status": "skipped", "action": "send_mail", "reason": "dependency_failed", "iteration": 2,
        ]
        #expect(
            line(.step, data, step: "mail") == "  skipped             mail[2]         send_mail    dependency_failed"
        )
    }

    @Test func `colours only where they are wanted`() {
        let data: JSONObject = ["status": "done", "action": "click"]
        #expect(line(.step, data, step: "a", styled: true)?.contains("\u{1B}[32mdone") == true)
        #expect(line(.step, data, step: "a")?.contains("\u{1B}") == false)
    }

    @Test func `what a page says neither colours nor breaks the line`() {
        let data: JSONObject = ["status": "failed", "action": "expect", "message": "a\u{1B}[2Jb\u{7}\u{202E}c"]
        let line = line(.step, data, step: "t\u{1B}", styled: true)
        #expect(
            line?.hasSuffix(#"t\u001b              expect       a\u001b[2Jb\u0007\u202ec"#) == true,
            "\(line ?? "")"
        )
        #expect(line?.hasPrefix("  \u{1B}[31mfailed  \u{1B}[0m  ") == true)
    }

    @Test func `what is no news for people is silent`() {
        #expect(line(.step, ["status": "running"], step: "a") == nil)
        #expect(line(.progress, ["bytes": 5]) == nil)
        #expect(line(.state, ["state": "running"]) == nil)
        #expect(line(.state, ["state": "scheduled", "not_before": "soon"]) == "  waits until soon, then tries again")
    }

    @Test(arguments: [(0, "0.00 s"), (4, "0.00 s"), (5, "0.01 s"), (59_994, "59.99 s"), (65_000, "1 m 05 s")])
    func `times are short`(milliseconds: Int, text: String) {
        #expect(ProgressPrinter.seconds(milliseconds) == text)
    }
}
