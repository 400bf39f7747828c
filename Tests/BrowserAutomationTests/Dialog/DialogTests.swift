import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried) struct DialogTests {
    @Test func `dialogs are dismissed, accepted or answered by policy and never hang`() async throws {
        try await withPage { page, _ in
            try await page.goto(html("<p>dialogs"), deadline: .seconds(30))
            #expect(try await page.evaluate("confirm('Sure?')", deadline: .seconds(30)) == .bool(false))
            await page.setDialogPolicy(.accept)
            #expect(try await page.evaluate("confirm('Sure?')", deadline: .seconds(30)) == .bool(true))
            #expect(try await page.evaluate("prompt('Name?', 'Ada')", deadline: .seconds(30)) == .string("Ada"))
            await page.setDialogPolicy(.answer("Grace"))
            #expect(try await page.evaluate("prompt('Name?')", deadline: .seconds(30)) == .string("Grace"))
            await page.answerNextDialog(.dismiss)
            #expect(try await page.evaluate("[confirm('1'), confirm('2')]", deadline: .seconds(30)) == [false, true])
            #expect(await page.dialogs.map(\.kind) == ["confirm", "confirm", "prompt", "prompt", "confirm", "confirm"])
        }
    }

    @Test func `an alert while the page loads does not stop the navigation`() async throws {
        try await withPage { page, _ in
            let result = try await page.goto(
                html("<script>alert('hello')</script><title>after</title>"),
                waitUntil: .load,
                deadline: .seconds(30)
            )
            #expect(result.kind == .document)
            #expect(await page.dialogs == [DialogRecord(kind: "alert", message: "hello", wasAccepted: false)])
        }
    }

    @Test func `by policy fail, the step that runs ends with dialog_open`() async throws {
        try await withPage { page, _ in
            try await page.goto(html("<p>x"), deadline: .seconds(30))
            await page.setDialogPolicy(.fail)
            _ = try await page.evaluate("setTimeout(() => alert('Session expired'), 50)", deadline: .seconds(30))
            _ = try await page.waitForDialog(after: 0, deadline: .seconds(30))
            let error = await #expect(throws: BrowserError.self) {
                _ = try await page.evaluate("1", deadline: .seconds(30))
            }
            #expect(error?.code == .dialogOpen)
            #expect(error?.message.contains("Session expired") == true)
            #expect(try await page.evaluate("1", deadline: .seconds(30)) == .integer(1))
        }
    }

    @Test func `beforeunload never holds a page back`() async throws {
        try await withPage { page, _ in
            try await page.goto(
                html(
                    "<script>addEventListener('beforeunload', e => { e.preventDefault(); e.returnValue = 'x' })</script>"
                ),
                deadline: .seconds(30)
            )
            try await page.call(InputCommands.click)
            try await page.goto(html("<title>next</title>"), deadline: .seconds(30))
            #expect(try await page.evaluate("document.title", deadline: .seconds(30)) == .string("next"))
        }
    }
}
