import JSON
import Testing

@testable import ExecutorHost

struct JobSummaryTests {
    @Test func `a job that is done ends with its files, mail and outputs`() {
        let job: JSONObject = [
            "id": "j1", "state": "done", "duration_ms": 5210, "outputs": ["number": "R-117", "count": 3],
            "tasks": [
                ["action": "send_mail", "status": "done", "outputs": ["internet_message_id": "<a@b>"]],
                ["action": "click", "status": "done"],
            ],
            "artifacts": [
                ["name": "r.pdf", "bytes": 48123, "sha256": "abc", "content_type": "application/pdf"],
                ["name": "s.png", "bytes": 812, "sha256": "def", "content_type": "image/png"],
            ],
        ]
        #expect(
            JobSummary(job: job) { "data/\($0)" }.lines == [
                "done in 5.21 s  job j1", "  mail        <a@b>", "  pdf         data/r.pdf (48 kB)",
                "              sha256 abc", "  screenshot  data/s.png (812 B)", "  output      number = R-117",
                "  output      count = 3",
            ]
        )
    }

    @Test func `a job that failed says why and where`() {
        let job: JSONObject = [
            "id": "j1", "state": "failed", "duration_ms": 900, "reason": "not_found", "failed_step": "login",
            "message": "nothing matches #a\nis the page right?",
        ]
        #expect(
            JobSummary(job: job) { _ in nil }.lines == [
                "failed in 0.90 s  job j1", "  reason      not_found in step 'login'",
                "              nothing matches #a", "              is the page right?",
            ]
        )
    }
}
