import CDP
import CDPProtocol
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

/// Frames of the same and of other sites; each site has a process of its own here.
@Suite(.isolatedSites, .timeLimit(.minutes(3)), .retried) struct FrameCaseTests {
    private static let button = """
        <title>inner</title><button onclick="this.textContent = 'hit ' + (event.isTrusted)">Buchen</button>
        """

    private func frame(_ url: String, _ attributes: String = "") -> String {
        "<iframe src='\(url)' \(attributes)></iframe>"
    }

    @Test func `a button in a frame of another process is clicked (case 82)`() async throws {
        try await withTestPage { page in
            try await page.open("<h1>outer</h1>" + frame(page.there(Self.button)))
            #expect(await page.processes == 1)
            try await page.click("frame=iframe >> role=button[name=Buchen]")
            #expect(try await page.texts("frame=iframe >> css=button") == ["hit true"])
        }
    }

    @Test
    func
        `a point in a frame of another process is right under rotation, scale, padding, border and scrolling (case 82)`()
        async throws
    {
        try await withTestPage { page in
            let inner = page.there(
                """
                <body style="margin:0;height:3000px"><button style="position:absolute;left:30px;top:1500px;width:40px;height:30px"
                onclick="this.textContent='hit'">A</button>
                """
            )
            let style = "padding: 13px 3px 5px 27px; border: 9px solid red; width: 300px; height: 200px"
            try await page.open(
                """
                <div style="height:1500px"></div><div style="width:400px;height:300px;overflow:scroll">
                <div style="height:900px"></div><div style="transform: rotate(35deg) scale(.7, 1.3); width: 350px">
                \(frame(inner, "style='\(style)'"))</div><div style="height:900px"></div></div><div style="height:3000px"></div>
                """
            )
            try await page.click("frame=iframe >> css=button")
            #expect(try await page.texts("frame=iframe >> css=button") == ["hit"])
        }
    }

    @Test func `a button in nested, transformed frames of one site is clicked (case 16)`() async throws {
        try await withTestPage { page in
            let inner = page.here(Self.button)
            let middle = page.here(
                "<div style='transform: rotate(-20deg) skewX(10deg); margin: 60px'>\(frame(inner, "style='padding:11px'"))</div>"
            )
            try await page.open(
                """
                <div style="perspective: 600px"><div style="transform: rotateY(25deg) rotate(12deg); margin: 50px 200px; width: 700px">
                \(frame(middle, "style='width:600px;height:500px;border:7px solid'"))</div></div>
                """
            )
            #expect(await page.processes == 0)
            try await page.click("frame=iframe >> frame=iframe >> css=button")
            #expect(try await page.texts("frame=iframe >> frame=iframe >> css=button") == ["hit true"])
        }
    }

    @Test func `a frame of the same site in a frame of another in a frame of the first is worked`() async throws {
        try await withTestPage { page in
            let innermost = page.there(
                "<input id=a><p id=out></p><script>a.oninput = () => out.textContent = a.value</script>"
            )
            let remote = page.there(
                "<p style='height:40px'>remote</p>" + frame(innermost, "id=same style='margin-left:50px'")
            )
            let local = page.here("<div style='transform: scale(.9)'>\(frame(remote, "id=remote"))</div>")
            try await page.open(frame(local, "id=local style='width:500px;height:400px'"))
            let inside = "frame=#local >> frame=#remote >> frame=#same >> "
            try await page.click(inside + "css=#a")
            try await page.fill(inside + "css=#a", "Grüße")
            #expect(try await page.texts(inside + "css=#out") == ["Grüße"])
            try await page.session.type(Selector(inside + "css=#a"), "!", until: page.soon)
            try await page.session.press(Selector(inside + "css=#a"), KeyChord(parsing: "Backspace"), until: page.soon)
            #expect(try await page.texts(inside + "css=#out") == ["Grüße"])
        }
    }

    @Test func `another site's frame takes every kind of action`() async throws {
        try await withTestPage { page in
            let form = page.there(
                """
                <label><input type=checkbox id=c>Einverstanden</label><select id=s><option>eins<option>zwei</select>
                <input type=file id=f><textarea id=t></textarea><div id=h onmouseover="this.textContent='over'">hover</div>
                <ul><li>1<li>2<li>3</ul>
                """
            )
            try await page.open(frame(form, "style='width:500px;height:500px'"))
            let (session, soon, inside) = (page.session, page.soon, "frame=iframe >> ")
            try await session.setChecked(true, Selector(inside + "label=Einverstanden"), until: soon)
            try await session.select(Selector(inside + "css=#s"), [.label("zwei")], until: soon)
            let file = StagedUpload(directory: "", paths: ["/etc/hostname"], isDirectory: false)
            try await session.upload(Selector(inside + "css=#f"), file, until: soon)
            try await session.hover(Selector(inside + "css=#h"), until: soon)
            var state = PageCondition()
            state.selector = try Selector(inside + "css=#c")
            state.state = "checked"
            try await session.expect(state, until: soon)
            #expect(try await page.texts(inside + "css=#h") == ["over"])
            #expect(try await page.count(inside + "css=li") == 3)
            var value = Extraction()
            value.kind = .value
            #expect(try await session.extract(Selector(inside + "css=#s"), value, until: soon).value == "zwei")
            #expect(
                try await session.extract(Selector(inside + "css=#f"), value, until: soon).value.string?.hasSuffix(
                    "hostname"
                ) == true
            )
        }
    }

    @Test func `a frame goes from one process to another and back, and is worked in each (case 81)`() async throws {
        try await withTestPage { page in
            try await page.open(frame(page.there(Self.button)))
            #expect(await page.processes == 1)
            for (address, processes) in [
                (page.here(Self.button), 0), (page.there(Self.button), 1), (page.here(Self.button), 0),
            ] {
                _ = try await page.evaluate("document.querySelector('iframe').src = '\(address)'")
                var arrived = PageCondition()
                arrived.selector = try Selector("frame=iframe >> text=Buchen")
                try await page.session.waitFor(arrived, until: page.soon)
                try await page.click("frame=iframe >> css=button")
                #expect(try await page.texts("frame=iframe >> css=button") == ["hit true"])
                #expect(await page.processes == processes)
                #expect(await page.session.frames.frames.count == 2)
            }
        }
    }

    @Test func `a frame of another process that is removed is forgotten, and the page goes on (case 83)`() async throws
    {
        try await withTestPage { page in
            try await page.open(
                frame(page.there(frame(page.here(Self.button)))) + "<button id=b onclick='title=1'>B</button>"
            )
            #expect(await page.processes == 2)
            _ = try await page.evaluate("document.querySelector('iframe').remove()")
            try await page.session.wait(until: page.soon, for: "the frames to go") { session in
                session.frames.frames.count == 1 && session.frameSessions.isEmpty ? .success(()) : nil
            }
            try await page.click("css=#b")
        }
    }

    @Test func `what covers a frame of another process is noticed, not clicked (case 29)`() async throws {
        try await withTestPage { page in
            try await page.open(
                """
                <div id=cover style="position:fixed;inset:0;background:#0008" onclick="this.textContent='clicked'"></div>
                \(frame(page.there(Self.button)))
                """
            )
            let error = await failure {
                try await page.click("frame=iframe >> css=button", within: .milliseconds(700))
            }
            #expect(error?.code == .coveredBy)
            #expect(error?.message.contains("id=\"cover\"") == true)
            #expect(try await page.evaluate("cover.textContent") == "\"\"")
            _ = try await page.evaluate("setTimeout(() => cover.remove(), 300)")
            try await page.click("frame=iframe >> css=button")
        }
    }

    @Test func `a cover that comes in the moment of the click gets nothing (case 29)`() async throws {
        try await withTestPage { page in
            try await page.open(
                """
                <div id=cover style="position:fixed;inset:0;display:none;background:#fff" onmousedown="this.textContent+='x'"></div>
                \(frame(page.there(Self.button)))
                <script>addEventListener('mousemove', () => {}, true)</script>
                """
            )
            let soon = page.soon
            let prepared = try await page.session.ask(
                "prepare",
                PointerOptions().arguments(Selector("frame=iframe >> css=button"), kind: "click"),
                until: soon
            )
            let place = try #require(prepared.place)
            _ = try await page.evaluate(
                """
                (async () => {
                  cover.style.display = 'block';
                  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
                })()
                """
            )
            let gesture = PageSession.MouseGesture(x: place.x, y: place.y)
            _ = try await page.session.perform(gesture.events, confirmedBy: nil, deadline: .seconds(30))
            let blocker = try await page.session.intercepted(prepared, isSilent: true, until: soon)
            #expect(blocker?.contains("id=\"cover\"") == true)
            #expect(try await page.evaluate("cover.textContent") == "\"\"")
        }
    }

    @Test func `a selector that forgets the frame of another site is told of it`() async throws {
        try await withTestPage { page in
            try await page.open("<iframe id=a srcdoc='leer'></iframe>" + frame(page.there(Self.button), "id=pay"))
            let error = await failure { try await page.click("role=button[name=Buchen]", within: .milliseconds(300)) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("write frame=#pay >> before it") == true)
        }
    }

    @Test func `the crash of another site's frame fails calls into it; the page lives (case 98)`() async throws {
        try await withTestPage { page in
            try await page.open(frame(page.there(Self.button)) + "<button id=b>B</button>")
            let child = try #require(await page.session.frameSessions.values.first)
            _ = try? await child.session.call(PageDomain.Crash(), deadline: .seconds(30))
            let error = await failure { try await page.click("frame=iframe >> css=button", within: .seconds(5)) }
            #expect(error?.code == .pageCrashed)
            try await page.click("css=#b")
            _ = try await page.evaluate("document.querySelector('iframe').src += '20'")
            try await page.session.wait(until: page.soon, for: "the frame to come back") { session in
                session.frames.frames.values.contains(where: \.isCrashed) ? nil : .success(())
            }
            try await page.click("frame=iframe >> css=button")
        }
    }

    @Test func `workers run beside frames that are attached`() async throws {
        try await withTestPage { page in
            try await page.open(
                """
                <script>new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))).onmessage = () => document.title = 'works'
                </script>\(frame(page.there("<script>new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))).onmessage = () => document.body.textContent = 'works'</script>")))
                """
            )
            var condition = PageCondition()
            condition.title = TextMatch(.exact, "works")
            try await page.session.expect(condition, until: page.soon)
            condition = PageCondition()
            condition.selector = try Selector("frame=iframe >> css=body")
            condition.text = TextMatch(.exact, "works")
            try await page.session.expect(condition, until: page.soon)
        }
    }

    @Test func `an element in another site's frame is pictured at its place`() async throws {
        try await withTestPage { page in
            let inner = page.there(
                "<body style='margin:0'><div id=d style='margin:20px 30px;width:50px;height:40px;background:#0f0'></div>"
            )
            try await page.open(
                "<body style='margin:0'><div style='height:900px'></div>"
                    + frame(inner, "style='border:5px solid;padding:7px'")
            )
            let box = try await page.session.ask(
                "boxForShot",
                ["selector": Selector("frame=iframe >> css=#d").json],
                until: page.soon
            )
            #expect(box.result["x"]?.double == 42)
            #expect(box.result["y"]?.double == 932)
            #expect(box.result["width"]?.double == 50)
        }
    }

    @Test(arguments: [true, false])
    func `a click survives that its frame is taken out and put in anew, and that it navigates (case 84)`(isRemote: Bool)
        async throws
    {
        try await withTestPage { page in
            let empty = isRemote ? page.there("leer") : page.here("leer")
            let full = isRemote ? page.there(Self.button) : page.here(Self.button)
            try await page.open(
                """
                <div id=place>\(frame(empty))</div><script>
                setTimeout(() => { place.innerHTML = ''; }, 300);
                setTimeout(() => {
                  place.innerHTML = "<iframe src='\(empty)'></iframe>";
                  place.firstChild.onload = () => setTimeout(() => {
                    place.firstChild.onload = null;
                    place.firstChild.src = '\(full)';
                  }, 200);
                }, 500);
                </script>
                """
            )
            try await page.click("frame=iframe >> css=button", within: .seconds(20))
            #expect(try await page.texts("frame=iframe >> css=button") == ["hit true"])
        }
    }

    @Test func `a frame that does not come back is said to be detached, in time (cases 15, 69)`() async throws {
        try await withTestPage { page in
            try await page.open(frame(page.there("<button style='display:none'>B</button>")))
            _ = try await page.evaluate("setTimeout(() => document.querySelector('iframe').remove(), 400)")
            let error = await failure { try await page.click("frame=iframe >> css=button", within: .seconds(2)) }
            #expect(error?.code == .documentReplaced)
            #expect(error?.message.contains("detached") == true)
            var condition = PageCondition()
            condition.selector = try Selector("frame=iframe >> css=button")
            condition.state = "hidden"
            try await page.session.waitFor(condition, until: page.soon)
        }
    }

    @Test(arguments: [true, false])
    func `a button in a frame that loads when it is near is clicked (case 85)`(isRemote: Bool) async throws {
        try await withTestPage { page in
            let inner = isRemote ? page.there(Self.button) : page.here(Self.button)
            try await page.open("<div style='height:9000px'></div>" + frame(inner, "loading=lazy"))
            try await page.click("frame=iframe >> css=button", within: .seconds(20))
            #expect(try await page.texts("frame=iframe >> css=button") == ["hit true"])
        }
    }

    @Test func `twenty frames deep is no deeper than one`() async throws {
        try await withTestPage { page in
            let nest = page.here(
                """
                <script>
                const depth = Number(location.search.slice(1) || 20);
                document.write(depth === 1 ? '<button onclick="textContent = 1">B</button>'
                  : `<iframe style="width:95%;height:400px" src="?${depth - 1}"></iframe>`);
                </script>
                """
            )
            try await page.session.goto(nest, waitUntil: .load, deadline: .seconds(30))
            let inside = String(repeating: "frame=iframe >> ", count: 19)
            try await page.click(inside + "css=button", within: .seconds(20))
            #expect(try await page.texts(inside + "css=button") == ["1"])
        }
    }

    @Test func `typing goes where the focus is, from one frame into another (case 45)`() async throws {
        try await withTestPage { page in
            try await page.open("<input id=o>" + frame(page.there("<input id=i>")))
            try await page.fill("css=#o", "außen")
            try await page.fill("frame=iframe >> css=#i", "innen 🙂")
            try await page.fill("css=#o", "wieder")
            var value = Extraction()
            value.kind = .value
            #expect(try await page.session.extract(Selector("css=#o"), value, until: page.soon).value == "wieder")
            let inner = try await page.session.extract(Selector("frame=iframe >> css=#i"), value, until: page.soon)
            #expect(inner.value == "innen 🙂")
        }
    }
}
