/// What a page believes about the machine it is shown on.
package struct PageOptions: Sendable, Hashable {
    package enum ColorScheme: String, Sendable, Hashable {
        case light, dark
        case noPreference = "no-preference"
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

    package var viewport: Viewport
    /// BCP 47, as `de-DE`: numbers, dates and `Accept-Language`.
    package var locale: String?
    /// IANA name, as `Europe/Berlin`.
    package var timezone: String?
    package var userAgent: String?
    package var colorScheme: ColorScheme?
    /// Sent with every request of the page.
    package var extraHeaders: [String: String]
    /// Whether requests and responses are kept from the first one on; see `PageSession.requests`.
    package var observesNetwork = false

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
