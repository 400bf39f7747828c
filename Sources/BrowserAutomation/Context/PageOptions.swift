/// What the pages of a context believe about the machine they are shown on, and what of the network they reach.
package struct PageOptions: Sendable, Hashable {
    package enum ColorScheme: String, Sendable, Hashable, CaseIterable {
        case light, dark
        case noPreference = "no-preference"
    }

    package enum ReducedMotion: String, Sendable, Hashable, CaseIterable {
        case reduce
        case noPreference = "no-preference"
    }

    package enum ForcedColors: String, Sendable, Hashable, CaseIterable {
        case active, none
    }

    /// Size of the page in CSS pixels.
    package struct Viewport: Sendable, Hashable {
        package var width: Int
        package var height: Int
        /// Device pixels a CSS pixel.
        package var scale: Double

        package init(width: Int = 1280, height: Int = 720, scale: Double = 1) {
            self.width = width
            self.height = height
            self.scale = scale
        }
    }

    /// Where the machine says it is; granted to every page.
    package struct Geolocation: Sendable, Hashable {
        /// Degrees, north positive.
        package var latitude: Double
        /// Degrees, east positive.
        package var longitude: Double
        /// Radius in metres.
        package var accuracy: Double

        package init(latitude: Double, longitude: Double, accuracy: Double = 0) {
            self.latitude = latitude
            self.longitude = longitude
            self.accuracy = accuracy
        }
    }

    // MARK: The machine

    package var viewport: Viewport
    /// A phone or tablet: obeys the page's viewport, overlays its scroll bars.
    package var isMobile = false
    /// Has a touch screen.
    package var hasTouch = false
    /// BCP 47, as `de-DE`: numbers, dates and `Accept-Language`.
    package var locale: String?
    /// IANA name, as `Europe/Berlin`.
    package var timezone: String?
    package var userAgent: String?
    package var geolocation: Geolocation?
    package var colorScheme: ColorScheme?
    package var reducedMotion: ReducedMotion?
    package var forcedColors: ForcedColors?
    /// What pages may do without asking; everything else is denied. Nil: as Chromium decides.
    package var permissions: Set<Permission>?

    /// Whether a page that asks (`beforeunload`) is left all the same.
    package var leavesPages = true

    // MARK: The network

    /// Sent with every request of the page.
    package var extraHeaders: [String: String]
    /// Whether requests and responses are kept from the first one on; see `PageSession.requests`.
    package var observesNetwork = false
    /// Requests to addresses that contain one of these are not made; `*` stands for anything.
    package var blockedURLs: [String] = []
    package var network = NetworkConditions()
    /// Answers in place of the network; the first route that is meant counts.
    package var routes: [NetworkRoute] = []
    package var credentials: HTTPCredentials?
    /// Set when the context is made and never changed.
    package var proxy: ProxySettings?
    /// Whether pages are shown whose certificate is not to be trusted.
    package var ignoresCertificateErrors = false
    /// The attribute `testid=` looks at; nil for `data-testid`, `data-test-id` and `data-test`.
    package var testIDAttribute: String?

    package init(
        viewport: Viewport = Viewport(),
        locale: String? = nil,
        timezone: String? = nil,
        userAgent: String? = nil,
        colorScheme: ColorScheme? = nil,
        extraHeaders: [String: String] = [:]
    ) {
        self.viewport = viewport
        self.locale = locale
        self.timezone = timezone
        self.userAgent = userAgent
        self.colorScheme = colorScheme
        self.extraHeaders = extraHeaders
    }
}
