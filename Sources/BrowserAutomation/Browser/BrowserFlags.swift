/// The command line of Chromium: quiet, nothing thrown away in the background, no surprises for a script.
enum BrowserFlags {
    private static let switches = [
        "--disable-field-trial-config", "--disable-background-networking", "--disable-component-update",
        "--disable-extensions", "--disable-sync", "--disable-default-apps", "--no-first-run", "--no-startup-window",
        "--disable-breakpad", "--disable-hang-monitor", "--disable-ipc-flooding-protection", "--disable-popup-blocking",
        "--disable-prompt-on-repost", "--disable-renderer-backgrounding", "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows", "--disable-back-forward-cache", "--allow-pre-commit-input",
        "--metrics-recording-only", "--password-store=basic", "--use-mock-keychain", "--force-color-profile=srgb",
        "--hide-scrollbars", "--mute-audio", "--no-default-browser-check", "--disable-search-engine-choice-screen",
    ]

    private static let disabledFeatures = [
        "PaintHolding", "Translate", "OptimizationHints", "MediaRouter", "DialMediaRouteProvider",
        "GlobalMediaControls", "HttpsUpgrades", "DestroyProfileOnBrowserClose",
        "AvoidUnnecessaryBeforeUnloadCheckSync", "ThirdPartyStoragePartitioning",
        "BlockOriginHeaderModificationOnRedirect",
        // Only what a strong validator vouches for is put together from two answers.
        "AllowDownloadResumptionWithoutStrongValidators",
        // Names are the proxy's business.
        "DnsOverHttps", "AsyncDns",
        // Timers of the page, and with them the confirmation of a click, would wait for the next frame after each input.
        "DeferRendererTasksAfterInput",
    ]

    /// The pipe is the life line also when commands go over the WebSocket of the port: with the port alone Chromium
    /// outlives a host that was killed.
    private static func debugging(_ transport: BrowserConfiguration.Transport) -> [String] {
        switch transport {
        case .webSocket: ["--remote-debugging-pipe", "--remote-debugging-port=0"]
        case .pipe: ["--remote-debugging-pipe"]
        }
    }

    /// Everything by the proxy: no names looked up, no QUIC, no UDP of WebRTC, no exception for this machine.
    private static func network(_ door: (any NetworkDoor)?) -> [String] {
        guard let door else { return [] }
        return [
            "--proxy-server=\(door.server)", "--proxy-bypass-list=<-loopback>", "--disable-quic",
            "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
            "--webrtc-ip-handling-policy=disable_non_proxied_udp",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
    }

    static func arguments(_ configuration: BrowserConfiguration, directory: BrowserDirectory) -> [String] {
        var arguments = switches + debugging(configuration.transport) + network(configuration.ownDoor)
        arguments.append("--disable-features=" + disabledFeatures.joined(separator: ","))
        arguments.append("--enable-features=CDPScreenshotNewSurface")
        arguments.append("--user-data-dir=\(directory.profile)")
        if !configuration.isSandboxed { arguments.append("--no-sandbox") }
        if let display = configuration.display {
            arguments.append("--ozone-platform=\(display["DISPLAY"] == nil ? "wayland" : "x11")")
        } else if !configuration.executable.hasSuffix("headless-shell") {
            arguments.append("--headless")
        }
        return arguments + configuration.extraArguments
    }
}
