import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(3)), .retried) struct DialogCaseTests {
    private let limit = Duration.seconds(20)

    @Test func `nobody has to listen: alerts are dismissed, several confirms each get an answer (case 88)`()
        async throws
    {
        try await withPage { page, _ in
            try await page.goto(
                html("<script>alert(1); document.title = confirm(2) + ' ' + confirm(3)</script>"),
                deadline: limit
            )
            #expect(try await page.title(until: .now + limit) == "false false")
            await page.answerNextDialog(.accept)
            await page.answerNextDialog(.dismiss)
            await page.answerNextDialog(.answer("Anna"))
            let answers = try await page.evaluate("[confirm(1), confirm(2), prompt(3), confirm(4)]", deadline: limit)
            #expect(answers == [true, false, "Anna", false])
        }
    }

    @Test func `a context closes while its page opens one dialog after the other (case 89)`() async throws {
        try await withPage { page, context in
            try await page.goto(html("<p>x"), deadline: limit)
            _ = try await page.evaluate("setTimeout(() => { for (;;) alert('again') }), 1", deadline: limit)
            _ = try await page.waitForDialog(after: 3, deadline: limit)
            let began = ContinuousClock.now
            await context.close()
            #expect(ContinuousClock.now - began < .seconds(30))
        }
    }

    @Test func `a click whose page then refuses to be left does not stall, nor does what comes after (case 90)`()
        async throws
    {
        var options = PageOptions()
        options.leavesPages = false
        try await PageServer.with { site in
            try await withPage(options) { page, _ in
                try await page.goto(site("/links"), deadline: limit)
                _ = try await page.evaluate("onbeforeunload = () => 'stay', 1", deadline: limit)
                try await page.click(Selector("#page"), .init(), until: .now + limit)
                let dialog = try await page.waitForDialog(after: 0, deadline: limit)
                #expect(dialog == DialogRecord(kind: "beforeunload", message: "", wasAccepted: false))
                #expect(try await page.evaluate("location.pathname", deadline: limit) == "/links")
                let error = await failure { try await page.goto(site("/page"), deadline: limit) }
                #expect(error?.code == .navigationFailed)
                #expect(error?.message.contains("the answer was to stay") == true)
                await page.answerNextDialog(.accept, kind: "beforeunload")
                try await page.click(Selector("#page"), .init(), until: .now + limit)
                #expect(try await page.evaluate("location.search", deadline: limit) == "?linked")
            }
        }
    }

    @Test func `dialogs of popups and of frames are answered by the same policy`() async throws {
        try await PageServer.with { site in
            try await withPage { page, context in
                await page.setDialogPolicy(.accept)
                try await context.configure(PageOptions(), dialogPolicy: .accept)
                try await page.goto(site("/page"), deadline: limit)
                let frame = "<script>parent.postMessage(confirm('frame?'), '*')</script>"
                let answer = try await page.evaluate(
                    """
                    new Promise((done) => {
                      onmessage = (event) => done(event.data);
                      document.body.append(Object.assign(document.createElement('iframe'), { srcdoc: `\(frame)` }));
                    })
                    """.replacing("</script>", with: "<\\/script>"),
                    deadline: limit
                )
                #expect(answer == true)
                let mark = await context.pageCount
                let open = "open('/page').onload = (event) => event.target.defaultView.confirm('popup?'), 1"
                _ = try await page.evaluate(open, deadline: limit)
                let popup = try await context.waitForPopup(after: mark, deadline: limit)
                let dialog = try await popup.waitForDialog(after: 0, deadline: limit)
                #expect(dialog.wasAccepted)
            }
        }
    }

    @Test func `pictures, scripts and printing go on while dialogs open`() async throws {
        try await withPage { page, _ in
            try await page.goto(html("<p>x<script>setInterval(() => alert('tick'), 5)</script>"), deadline: limit)
            for _ in 0..<3 {
                _ = try await page.picture(until: .now + limit)
                #expect(try await page.evaluate("1 + 1", deadline: limit) == 2)
            }
            _ = try await page.evaluate("print(), 1", deadline: limit)
            #expect(await page.dialogCount > 0)
        }
    }
}
