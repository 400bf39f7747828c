import BrowserAutomation
import Executors
import FoundationEssentials
import JSON
import JobModel
import TestSupport
import Testing

@Suite(.sharedPortal, .timeLimit(.minutes(3)), .retried) struct BrowserExecutorTests {
    @Test func `logs in to the portal, finds the newest invoice and downloads its PDF`() async throws {
        try await withBrowserJob { job in
            let start = try await job.run(.goto, with: ["url": .string("\(job.portal)/login")])
            #expect(start.outputs["status"] == 200)
            #expect(start.outputs["title"]?.string?.contains("Anmelden") == true)
            try await job.run(.fill, "label=Benutzername", text: "buchhaltung")
            try await job.run(.fill, "label=Passwort", text: "demo-passwort")
            let login = try await job.run(.click, "role=button[name=Anmelden]")
            #expect(login.touched == "button \"Anmelden\"")
            try await job.run(.click, "role=link[name=\"Rechnungen ansehen\"]")
            try await job.run(.select, "label=Kunde", with: ["label": "Firma X GmbH"])
            try await job.run(.click, "text=Filtern")
            let rows = try await job.run(
                .extract,
                "role=table",
                with: ["kind": "table", "columns": ["number": "Nummer"]]
            )
            let number = try #require(rows.outputs["table"]?[0]?["number"]?.string)
            try await job.run(.click, "role=link[name=\"\(number)\"]")
            try await job.run(.expect, "testid=customer", text: "Firma X")
            try await job.run(.click, "role=button[name=\"PDF erstellen\"]")
            let pdf = try await job.run(
                .download,
                "role=link[name=\"PDF herunterladen\"]",
                with: ["name": "rechnung.pdf"]
            )
            let artifact = try #require(pdf.artifacts.first)
            #expect(artifact.name == "rechnung.pdf")
            #expect(pdf.outputs["sha256"]?.string == artifact.sha256)
            let path = try await job.workspace.path(of: "rechnung.pdf")
            #expect(FileManager.default.contents(atPath: path)?.starts(with: Array("%PDF-".utf8)) == true)
        }
    }

    @Test func `a failure has its reason, a call log and a picture of the page`() async throws {
        try await withBrowserJob { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/login")])
            let failure = await job.failure(.click, "role=button[name=Weiter]", id: "t3")
            #expect(failure?.reason == .notFound)
            #expect(failure?.isRetryable == true)
            #expect(failure?.message.contains("\"Anmelden\"") == true)
            #expect(failure?.artifacts.map(\.name) == ["error-t3.png"])
            #expect(failure?.url?.hasSuffix("/login") == true)
            #expect(failure?.callLog.isEmpty == false)
        }
    }

    @Test func `a selector that cannot be read fails before anything is touched`() async throws {
        try await withBrowserJob { job in
            let failure = await job.failure(.click, "role=button[nane=x]")
            #expect(failure?.reason == .invalidInput)
            #expect(failure?.isRetryable == false)
            #expect(failure?.message.contains("role= has no attribute nane") == true)
            #expect(failure?.artifacts.isEmpty == true)
        }
    }

    @Test func `an address nobody listens at is said in words`() async throws {
        try await withBrowserJob { job in
            let failure = await job.failure(.goto, within: .seconds(10), with: ["url": "http://127.0.0.1:1/"])
            #expect(failure?.reason == .navigationFailed)
            #expect(await job.failure(.goto, with: ["url": "file:///etc/passwd"])?.reason == .policyDenied)
        }
    }

    @Test func `a page can be given in its address`() async throws {
        try await withBrowserJob { job in
            try await job.run(.goto, with: ["url": "data:text/html,<h1>Hallo</h1>"])
            let heading = try await job.run(.extract, "role=heading")
            #expect(heading.outputs["text"] == "Hallo")
        }
    }

    @Test func `JavaScript of a scenario is denied unless the operator allows it`() async throws {
        try await withBrowserJob { job in
            #expect(await job.failure(.evaluate, with: ["script": "1"])?.reason == .policyDenied)
            #expect(await job.failure(.waitFor, with: ["function": "() => true"])?.reason == .policyDenied)
        }
        try await withBrowserJob(allowsScripts: true) { job in
            let sum = try await job.run(.evaluate, with: ["script": "({ a, b }) => a + b", "args": ["a": 2, "b": 3]])
            #expect(sum.outputs["value"] == 5)
            try await job.run(.waitFor, with: ["function": "() => document.readyState === 'complete'"])
        }
    }

    @Test func `secrets are in no outcome, and their field is blank in pictures`() async throws {
        try await withBrowserJob { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            try await job.run(.fill, "label=Name", text: "geheim")
            let failure = await job.failure(.expect, "label=Name", with: ["value": "geheim2"])
            #expect(failure?.reason == .expectationFailed)
            #expect(failure?.message.contains("geheim") == false)
            let seen = try await job.run(.screenshot, "label=Name", with: ["name": "blank"])
            try await job.run(.fill, "label=Name", text: "")
            let empty = try await job.run(.screenshot, "label=Name", with: ["name": "empty"])
            #expect(seen.artifacts.first?.name == "blank.png")
            #expect(seen.artifacts.first?.sha256 == empty.artifacts.first?.sha256)
        }
    }

    @Test func `so is the field of a secret that is too short to be known by its text`() async throws {
        try await withBrowserJob { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            var fill = ToDo(id: "fill", index: 0, action: .fill)
            (fill.selector, fill.text, fill.secretMembers) = ("label=Name", "ab1", ["text"])
            let key = JournalKey(job: JobID("job"), step: fill.id)
            _ = try await job.session.execute(Step(key: key, task: fill, deadline: .now + .seconds(30)))
            let seen = try await job.run(.screenshot, "label=Name", with: ["name": "blank"])
            try await job.run(.fill, "label=Name", text: "")
            let empty = try await job.run(.screenshot, "label=Name", with: ["name": "empty"])
            #expect(seen.artifacts.first?.sha256 == empty.artifacts.first?.sha256)
        }
    }

    @Test func `a PDF tells no secret, neither in its title nor by the page's address`() async throws {
        try await withBrowserJob(allowsScripts: true) { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form?q=geheim")])
            try await job.run(.fill, "label=Name", text: "geheim")
            try await job.run(.evaluate, with: ["script": "() => { document.title = 'Konto geheim' }"])
            try await job.run(.pdf, with: ["name": "a.pdf"])
            let bytes = try await job.workspace.read("a.pdf", limit: 1 << 20)
            #expect(!String(decoding: bytes, as: UTF8.self).contains("geheim"))
            let footer = await job.failure(.pdf, within: .seconds(30), with: ["footer": "<p class=url></p>"])
            #expect(footer?.reason == .invalidInput)
        }
    }

    @Test func `pages have names; a popup gets its own, and can be found again by its address`() async throws {
        try await withBrowserJob { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            try await job.run(.goto, page: "second", with: ["url": .string("\(job.portal)/login")])
            try await job.run(.expect, page: "main", with: ["url": "/form"])
            try await job.run(.expect, page: "second", with: ["url": "/log*"])
            try await job.run(.switchPage, with: ["as": "again", "url": "/login"])
            try await job.run(.expect, "label=Passwort", page: "again", with: ["state": "visible"])
            try await job.run(.closePage, page: "second")
        }
    }

    @Test func `a popup is named by the step that opens it`() async throws {
        try await withBrowserJob(allowsScripts: true) { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            let link = "() => { document.body.innerHTML = '<a href=/login target=_blank rel=noopener>neu</a>' }"
            try await job.run(.evaluate, with: ["script": .string(link)])
            try await job.run(.click, "text=neu", with: ["popup_as": "login"])
            try await job.run(.expect, "label=Passwort", page: "login")
        }
    }

    @Test func `keeps pictures, a PDF and the state of the session`() async throws {
        try await withBrowserJob { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/login")])
            let full = try await job.run(.screenshot, id: "shot", with: ["full_page": true, "format": "jpeg"])
            #expect(full.artifacts.map(\.name) == ["shot.jpg"])
            let pdf = try await job.run(.pdf, id: "print", with: ["format": "A4", "margin": "1cm"])
            #expect(pdf.artifacts.map(\.contentType) == ["application/pdf"])
            let state = try await job.run(.storageState, id: "state")
            #expect(state.artifacts.map(\.name) == ["state.json"])
            try await job.run(.storageState, with: ["load": "state.json"])
        }
    }

    @Test func `uploads artifacts`() async throws {
        try await withBrowserJob(allowsScripts: true) { job in
            _ = try await job.workspace.store(Array("hallo".utf8), name: "brief.txt", contentType: "text/plain")
            try await job.run(.evaluate, with: ["script": "document.body.innerHTML = '<input type=file>'"])
            try await job.run(.upload, "input", with: ["files": "brief.txt"])
            let script = "() => document.querySelector('input').files[0].text()"
            #expect(try await job.run(.evaluate, with: ["script": .string(script)]).outputs["value"] == "hallo")
        }
    }

    @Test func `a file above the policy's limit stays here, whether the job made it or the scenario holds it`()
        async throws
    {
        try await withBrowserJob(allowsScripts: true, uploadLimit: 5) { job in
            _ = try await job.workspace.store(Array("hallo".utf8), name: "brief.txt", contentType: "text/plain")
            _ = try await job.workspace.store(Array("hallo!".utf8), name: "long.txt", contentType: "text/plain")
            try await job.run(.evaluate, with: ["script": "document.body.innerHTML = '<input type=file>'"])
            for files: JSONValue in [
                "long.txt", ["brief.txt", "long.txt"], ["name": "long.txt", "content": "hallo!"],
                ["name": "long.txt", "base64": "aGFsbG8h"],
            ] {
                let failure = await job.failure(.upload, "input", with: ["files": files])
                #expect(failure?.reason == .policyDenied)
                #expect(
                    failure?.message.contains("'long.txt' in 'files' has 6 bytes") == true,
                    "\(failure?.message ?? "")"
                )
                #expect(
                    failure?.message.contains("allows 5") == true && failure?.message.contains("upload_bytes") == true
                )
            }
            let count = "() => document.querySelector('input').files.length"
            #expect(try await job.run(.evaluate, with: ["script": .string(count)]).outputs["value"] == 0)
            // The control: what is within the limit goes.
            try await job.run(.upload, "input", with: ["files": "brief.txt"])
            #expect(try await job.run(.evaluate, with: ["script": .string(count)]).outputs["value"] == 1)
        }
    }

    @Test func `the next dialog is answered as a step says, the others as the scenario does`() async throws {
        try await withBrowserJob(allowsScripts: true, onDialog: "fail") { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            let button =
                "() => { document.querySelector('#submit').onclick = (e) => { e.target.title = prompt('Wie?') } }"
            try await job.run(.evaluate, with: ["script": .string(button)])
            try await job.run(.dialog, text: "so", with: ["message": "wie"])
            try await job.run(.click, "#submit")
            try await job.run(.expect, "#submit", text: "so", with: ["attribute": "title"])
            #expect(await job.failure(.click, "#submit", within: .seconds(10))?.reason == .dialogOpen)
        }
    }

    @Test func `cancelling ends a step at once`() async throws {
        try await withBrowserJob { job in
            try await job.run(.goto, with: ["url": .string("\(job.portal)/form")])
            let waiting = Task { try await job.run(.waitFor, "#never", timeout: .seconds(60)) }
            // The next answer of the page means that the wait before it has arrived there.
            try await job.run(.extract, "h1", page: "main")
            let began = ContinuousClock.now
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(ContinuousClock.now - began < .seconds(20))
        }
    }

    @Test func `once makes a click an effect, which only a human can verify`() async throws {
        try await withBrowserJob { job in
            let executor = BrowserExecutor(contexts: try #require(SharedPortal.current).pool)
            var task = ToDo(id: StepID("pay"), index: 0, action: .click)
            task.selector = "#pay"
            #expect(executor.effectClass(of: task) == .page)
            task.once = true
            #expect(executor.effectClass(of: task) == .effect)
            #expect(executor.effectClass(of: ToDo(id: StepID("x"), index: 0, action: .extract)) == .read)
            let step = Step(key: JournalKey(job: JobID("job"), step: task.id), task: task, deadline: .now)
            guard case .unknown = try await job.session.verify(step) else {
                Issue.record("A click was verified")
                return
            }
        }
    }
}
