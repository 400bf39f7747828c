import CDPProtocol
import JSON

extension PageOptions {
    /// The commands that bring a page from `old` (nil: a new page) to these options.
    ///
    /// A frame with a process of its own is told the same, but for its size.
    func commands(
        replacing old: PageOptions?,
        browserUserAgent: String,
        for owner: FrameOwner = .page
    ) -> [any CDPCommand] {
        // What a new page is like before it is told anything.
        let before = old ?? PageOptions()
        var commands: [any CDPCommand] = []
        if owner == .page, old?.viewport != viewport || before.isMobile != isMobile { commands.append(screen) }
        if before.hasTouch != hasTouch {
            commands.append(
                EmulationDomain.SetTouchEmulationEnabled(enabled: hasTouch, maxTouchPoints: hasTouch ? 5 : nil)
            )
        }
        if before.locale != locale { commands.append(EmulationDomain.SetLocaleOverride(locale: locale)) }
        if before.timezone != timezone {
            commands.append(EmulationDomain.SetTimezoneOverride(timezoneID: timezone ?? ""))
        }
        if before.userAgent != userAgent || before.locale != locale {
            commands.append(UserAgent(userAgent ?? browserUserAgent).override(locale: locale))
        }
        if before.media.map(\.value) != media.map(\.value) {
            commands.append(EmulationDomain.SetEmulatedMedia(features: media))
        }
        if before.geolocation != geolocation { commands.append(position) }
        if before.ignoresCertificateErrors != ignoresCertificateErrors {
            commands.append(SecurityDomain.SetIgnoreCertificateErrors(ignore: ignoresCertificateErrors))
        }
        return commands + networkCommands(replacing: before)
    }

    private func networkCommands(replacing old: PageOptions) -> [any CDPCommand] {
        var commands: [any CDPCommand] = []
        if old.extraHeaders != extraHeaders {
            var headers = JSONObject()
            for (name, value) in extraHeaders.sorted(by: { $0.key < $1.key }) { headers[name] = .string(value) }
            commands.append(NetworkDomain.SetExtraHTTPHeaders(headers: headers))
        }
        if old.blockedURLs != blockedURLs { commands.append(NetworkDomain.SetBlockedURLs(urls: blockedURLs)) }
        if old.network != network { commands.append(network.command) }
        if old.routes.isEmpty != routes.isEmpty {
            // Routes are to be asked by every request, also those a service worker would answer.
            commands.append(NetworkDomain.SetBypassServiceWorker(bypass: !routes.isEmpty))
        }
        // All of these hold only while the domain is on; it keeps no bodies unless they may be asked for.
        if !commands.isEmpty, !observesNetwork {
            commands.insert(NetworkDomain.Enable(maxTotalBufferSize: 0, maxResourceBufferSize: 0), at: 0)
        }
        return commands
    }

    private var screen: any CDPCommand {
        EmulationDomain.SetDeviceMetricsOverride(
            width: viewport.width,
            height: viewport.height,
            deviceScaleFactor: viewport.scale,
            mobile: isMobile,
            screenWidth: viewport.width,
            screenHeight: viewport.height
        )
    }

    private var position: any CDPCommand {
        guard let geolocation else { return EmulationDomain.ClearGeolocationOverride() }
        return EmulationDomain.SetGeolocationOverride(
            latitude: geolocation.latitude,
            longitude: geolocation.longitude,
            accuracy: geolocation.accuracy
        )
    }

    /// All at once: each call replaces what the one before said.
    private var media: [EmulationDomain.MediaFeature] {
        [
            .init(name: "prefers-color-scheme", value: colorScheme?.rawValue ?? ""),
            .init(name: "prefers-reduced-motion", value: reducedMotion?.rawValue ?? ""),
            .init(name: "forced-colors", value: forcedColors?.rawValue ?? ""),
        ]
    }
}
