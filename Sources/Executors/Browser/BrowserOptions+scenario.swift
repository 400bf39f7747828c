import BrowserAutomation
import JSON
import JobModel

extension PageOptions {
    /// Reads the scenario's `browser` member.
    ///
    /// - Parameter artifacts: the contents of those that routes name; see `artifactNames(in:)`.
    /// - Throws: `StepFailure` with `invalid_scenario` that names the member.
    init(scenario object: JSONObject, artifacts: [String: [UInt8]] = [:]) throws(StepFailure) {
        self.init()
        let reader = OptionReader(object, in: "browser")
        if let viewport = try reader.object("viewport") {
            self.viewport = Viewport(
                width: try viewport.integer("width", 1...8192) ?? 1280,
                height: try viewport.integer("height", 1...8192) ?? 720,
                scale: try viewport.number("scale", 0.1...8) ?? 1
            )
        }
        isMobile = try reader.flag("mobile") ?? false
        hasTouch = try reader.flag("touch") ?? isMobile
        locale = try reader.text("locale")
        timezone = try reader.text("timezone")
        userAgent = try reader.text("user_agent")
        testIDAttribute = try reader.text("testid_attribute")
        colorScheme = try reader.word("color_scheme")
        reducedMotion = try reader.word("reduced_motion")
        forcedColors = try reader.word("forced_colors")
        if let place = try reader.object("geolocation") {
            geolocation = Geolocation(
                latitude: try place.required(place.number("latitude", -90...90), "latitude"),
                longitude: try place.required(place.number("longitude", -180...180), "longitude"),
                accuracy: try place.number("accuracy", 0...100_000) ?? 0
            )
        }
        permissions = try reader.words("permissions").map(Set.init)
        try readNetwork(reader, artifacts)
    }

    private mutating func readNetwork(_ reader: OptionReader, _ artifacts: [String: [UInt8]]) throws(StepFailure) {
        extraHeaders = try reader.texts("headers") ?? [:]
        blockedURLs = try reader.list("block") ?? []
        network.isOffline = try reader.flag("offline") ?? false
        let har = try reader.text("har")
        observesNetwork = try reader.flag("network") ?? false || har != nil
        ignoresCertificateErrors = try reader.flag("ignore_certificate_errors") ?? false
        if let site = try reader.object("http_credentials") {
            let origin = try site.required(site.text("origin"), "origin")
            guard SiteOrigin.isWellFormed(origin) else {
                throw site.invalid("origin", "https://host or https://host:port, without a path")
            }
            credentials = HTTPCredentials(
                origin: origin,
                username: try site.required(site.text("username"), "username"),
                password: try site.required(site.text("password"), "password")
            )
        }
        if let proxy = try reader.object("proxy") {
            self.proxy = ProxySettings(
                server: try proxy.required(proxy.text("server"), "server"),
                bypass: try proxy.text("bypass"),
                username: try proxy.text("username"),
                password: try proxy.text("password")
            )
        }
        for (index, value) in (reader.members["routes"]?.array ?? []).enumerated() {
            routes.append(try NetworkRoute(scenario: value, at: index, artifacts))
        }
    }
}

extension DialogPolicy {
    /// Reads the scenario's `on_dialog`: `accept`, `dismiss`, `fail`, or `{accept, text}`; dismissed unless set.
    init(scenario value: JSONValue?) throws(StepFailure) {
        switch value {
        case nil, .null, .string("dismiss"): self = .dismiss
        case .string("accept"): self = .accept
        case .string("fail"): self = .fail
        case .object(let object):
            if object["accept"]?.bool == false {
                self = .dismiss
            } else {
                self = object["text"]?.string.map(DialogPolicy.answer) ?? .accept
            }
        default:
            throw StepFailure(
                reason: .invalidScenario,
                message: "on_dialog of the scenario must be accept, dismiss, fail, or {accept, text}.",
                isRetryable: false
            )
        }
    }
}
