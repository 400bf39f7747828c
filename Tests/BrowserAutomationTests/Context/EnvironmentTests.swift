import CDPProtocol
import JSON
import TestSupport
import Testing

@testable import BrowserAutomation

@Suite(.timeLimit(.minutes(2)), .retried) struct EnvironmentTests {
    private let limit = Duration.seconds(20)

    private func berlin() -> PageOptions {
        var options = PageOptions(
            viewport: PageOptions.Viewport(width: 400, height: 800, scale: 2),
            locale: "de-DE",
            timezone: "Europe/Berlin",
            userAgent: "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/149.0.7000.1 Mobile Safari/537.36",
            colorScheme: .dark
        )
        options.isMobile = true
        options.hasTouch = true
        options.geolocation = PageOptions.Geolocation(latitude: 52.5, longitude: 13.4, accuracy: 10)
        options.reducedMotion = .reduce
        options.forcedColors = .active
        return options
    }

    private static let facts = """
        (async () => {
          const place = await new Promise((done, fail) => navigator.geolocation.getCurrentPosition(done, fail));
          const hints = navigator.userAgentData
            ? await navigator.userAgentData.getHighEntropyValues(["platformVersion", "fullVersionList"])
            : null;
          return {
            width: screen.width, scale: devicePixelRatio, touch: navigator.maxTouchPoints > 0 && "ontouchstart" in window,
            language: navigator.language, number: (1.5).toLocaleString(),
            zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
            agent: navigator.userAgent.includes("Android 14"), platform: navigator.platform,
            hints: hints && [hints.platform, hints.platformVersion, hints.mobile, hints.fullVersionList[0].version],
            dark: matchMedia("(prefers-color-scheme: dark)").matches,
            still: matchMedia("(prefers-reduced-motion: reduce)").matches,
            forced: matchMedia("(forced-colors: active)").matches,
            place: [place.coords.latitude, place.coords.longitude, place.coords.accuracy],
          };
        })()
        """

    private func isBerlin(_ facts: JSONValue) {
        #expect(facts["width"] == 400)
        #expect(facts["scale"] == 2)
        #expect(facts["touch"] == true)
        #expect(facts["language"] == "de-DE")
        #expect(facts["number"] == "1,5")
        #expect(facts["zone"] == "Europe/Berlin")
        #expect(facts["agent"] == true)
        #expect(facts["platform"] == "Linux armv81")
        #expect(facts["hints"] == ["Android", "14", true, "149.0.7000.1"])
        #expect(facts["dark"] == true)
        #expect(facts["still"] == true)
        #expect(facts["forced"] == true)
        #expect(facts["place"] == [52.5, 13.4, 10])
    }

    @Test func `a page believes every word, and its popup from its first script on`() async throws {
        try await PageServer.with { site in
            // Hints and places are for safe origins; localhost is one.
            let address = site.address.replacing("127.0.0.1", with: "localhost")
            try await withPage(berlin()) { page, context in
                try await page.goto(address + "/links", deadline: limit)
                isBerlin(try await page.evaluate(Self.facts, deadline: limit))
                let mark = await context.pageCount
                _ = try await page.evaluate("open('/page'), 1", deadline: limit)
                let popup = try await context.waitForPopup(after: mark, deadline: limit)
                _ = try await popup.goto(address + "/page", deadline: limit)
                isBerlin(try await popup.evaluate(Self.facts, deadline: limit))
            }
        }
    }

    @Test func `a browser without client hints sends none`() {
        let firefox = UserAgent("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.2; rv:130.0) Gecko/20100101 Firefox/130.0")
        #expect(firefox.metadata == nil)
        #expect(firefox.navigatorPlatform == "MacIntel")
        let edge = UserAgent("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/149.0.0.0 Safari/537.36 Edg/149.0.1.2")
            .metadata
        #expect(edge?.brands?.map(\.brand) == ["Chromium", "Microsoft Edge", "Not?A_Brand"])
        #expect(edge?.platform == "Windows")
        #expect(edge?.mobile == false)
    }

    @Test func `permissions are granted as asked, all others denied, in this context alone`() async throws {
        let query = """
            Promise.all(["geolocation", "notifications", "clipboard-read"]
              .map((name) => navigator.permissions.query({ name }).then((status) => status.state)))
            """
        try await PageServer.with { site in
            let address = site.address.replacing("127.0.0.1", with: "localhost") + "/page"
            try await withBrowser { browser in
                var options = PageOptions()
                options.permissions = [.geolocation, .clipboardRead]
                let granted = try await browser.newContext(options).newPage()
                try await granted.goto(address, deadline: limit)
                #expect(try await granted.evaluate(query, deadline: limit) == ["granted", "denied", "granted"])
                let other = try await browser.newContext().newPage()
                try await other.goto(address, deadline: limit)
                #expect(try await other.evaluate(query, deadline: limit).array?.contains("granted") == false)
                options.permissions = []
                let none = try await browser.newContext(options).newPage()
                try await none.goto(address, deadline: limit)
                #expect(try await none.evaluate(query, deadline: limit) == ["denied", "denied", "denied"])
            }
        }
    }

    @Test func `options of a context reach pages that are open already`() async throws {
        try await withPage { page, context in
            try await page.goto(html("<p>x"), deadline: limit)
            try await context.configure(PageOptions(locale: "fr-FR", colorScheme: .dark), dialogPolicy: .dismiss)
            #expect(
                try await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches", deadline: limit) == true
            )
            try await context.configure(PageOptions(), dialogPolicy: .dismiss)
            #expect(
                try await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches", deadline: limit) == false
            )
        }
    }
}
