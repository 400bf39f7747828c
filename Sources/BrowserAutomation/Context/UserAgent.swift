import CDPProtocol

/// What a `User-Agent` line says of its browser and machine, so that scripts and client hints hear the same.
struct UserAgent {
    let line: String

    init(_ line: String) { self.line = line }

    func override(locale: String?) -> EmulationDomain.SetUserAgentOverride {
        EmulationDomain.SetUserAgentOverride(
            userAgent: line,
            acceptLanguage: locale,
            platform: navigatorPlatform,
            userAgentMetadata: metadata
        )
    }

    /// Nil for browsers that send no client hints (all but Chromium's family): then none are sent.
    var metadata: EmulationDomain.UserAgentMetadata? {
        guard let version = version(after: "Chrome/") else { return nil }
        let brand =
            if line.contains("HeadlessChrome/") {
                ("HeadlessChrome", version)
            } else if let edge = self.version(after: "Edg/") {
                ("Microsoft Edge", edge)
            } else if let opera = self.version(after: "OPR/") {
                ("Opera", opera)
            } else {
                ("Google Chrome", version)
            }
        let brands = [("Chromium", version), brand, ("Not?A_Brand", "99.0.0.0")]
        let (platform, platformVersion) = system
        let isMobile = line.contains("Mobile")
        return EmulationDomain.UserAgentMetadata(
            platform: platform,
            platformVersion: platformVersion,
            architecture: isMobile ? "" : line.contains("aarch64") || line.contains("ARM") ? "arm" : "x86",
            model: "",
            mobile: isMobile,
            brands: brands.map { .init(brand: $0.0, version: String($0.1.prefix { $0 != "." })) },
            fullVersionList: brands.map { .init(brand: $0.0, version: $0.1) },
            fullVersion: version,
            bitness: isMobile ? "" : "64",
            wow64: line.contains("WOW64"),
            formFactors: [isMobile ? "Mobile" : "Desktop"]
        )
    }

    /// As the client hints `Sec-CH-UA-Platform` and `-Version` name the system.
    private var system: (String, String) {
        if line.contains("Windows NT 10") { return ("Windows", "10.0.0") }
        if line.contains("Windows") { return ("Windows", "0.3.0") }
        if let version = version(after: "Android ") { return ("Android", version) }
        if let version = version(after: "Mac OS X ") { return ("macOS", version.replacing("_", with: ".")) }
        if line.contains("CrOS") { return ("Chrome OS", "") }
        return ("Linux", "")
    }

    /// `navigator.platform`; nil leaves it.
    var navigatorPlatform: String? {
        if line.contains("Windows") { return "Win32" }
        if line.contains("iPhone") { return "iPhone" }
        if line.contains("iPad") { return "iPad" }
        if line.contains("Macintosh") { return "MacIntel" }
        if line.contains("Android") { return "Linux armv81" }
        if line.contains("Linux") { return "Linux x86_64" }
        return nil
    }

    private func version(after mark: String) -> String? {
        guard let range = line.firstRange(of: mark) else { return nil }
        let version = line[range.upperBound...].prefix { $0.isNumber || $0 == "." || $0 == "_" }
        return version.isEmpty ? nil : String(version)
    }
}
