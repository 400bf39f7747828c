import CDPProtocol
import JSON

extension PageOptions {
    /// The commands that bring a page from `old` (nil: a new page) to these options.
    func commands(replacing old: PageOptions?, browserUserAgent: String) -> [any CDPCommand] {
        var commands: [any CDPCommand] = []
        if old?.viewport != viewport {
            commands.append(
                EmulationDomain.SetDeviceMetricsOverride(
                    width: viewport.width,
                    height: viewport.height,
                    deviceScaleFactor: viewport.scale,
                    mobile: false,
                    screenWidth: viewport.width,
                    screenHeight: viewport.height
                )
            )
        }
        if old?.locale != locale { commands.append(EmulationDomain.SetLocaleOverride(locale: locale)) }
        if old?.timezone != timezone {
            commands.append(EmulationDomain.SetTimezoneOverride(timezoneID: timezone ?? ""))
        }
        if old?.userAgent != userAgent || old?.locale != locale {
            commands.append(
                EmulationDomain.SetUserAgentOverride(
                    userAgent: userAgent ?? browserUserAgent,
                    acceptLanguage: locale
                )
            )
        }
        if old?.colorScheme != colorScheme {
            let feature = EmulationDomain.MediaFeature(name: "prefers-color-scheme", value: colorScheme?.rawValue ?? "")
            commands.append(EmulationDomain.SetEmulatedMedia(features: [feature]))
        }
        if old?.extraHeaders ?? [:] != extraHeaders {
            // Headers are added only while the domain is on; it keeps no bodies for us.
            commands.append(NetworkDomain.Enable(maxTotalBufferSize: 0, maxResourceBufferSize: 0))
            var headers = JSONObject()
            for (name, value) in extraHeaders.sorted(by: { $0.key < $1.key }) { headers[name] = .string(value) }
            commands.append(NetworkDomain.SetExtraHTTPHeaders(headers: headers))
        }
        return commands
    }
}
