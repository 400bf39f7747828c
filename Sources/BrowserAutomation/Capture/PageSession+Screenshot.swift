import CDPProtocol
import Cryptography

extension PageSession {
    private static let maximumSide = 16_384.0
    private static let maximumPixels = 40_000_000.0

    /// Takes a picture; fonts and animations are not waited for.
    ///
    /// - Throws: `BrowserError` with `timeout`, `pageCrashed`, `invalidInput` (an empty clip).
    package func screenshot(_ options: ScreenshotOptions = .init(), deadline: Duration) async throws -> Screenshot {
        let (clip, isCut) = try await clip(of: options.area, deadline: deadline)
        var command = PageDomain.CaptureScreenshot(clip: clip, optimizeForSpeed: true)
        switch options.format {
        case .png: command.format = .png
        case .jpeg(let quality):
            command.format = .jpeg
            command.quality = min(100, max(0, quality))
        }
        if clip != nil { command.captureBeyondViewport = true }
        let data = try await call(command, deadline: deadline).data
        return Screenshot(bytes: try await decodeBase64(data), contentType: options.format.contentType, isCut: isCut)
    }

    private func clip(
        of area: ScreenshotOptions.Area,
        deadline: Duration
    ) async throws -> (PageDomain.Viewport?, isCut: Bool) {
        switch area {
        case .viewport: return (nil, false)
        case .clip(let rectangle):
            guard rectangle.width >= 1, rectangle.height >= 1 else {
                throw BrowserError(
                    .invalidInput,
                    "There is nothing to see: the area is \(rectangle.width)×\(rectangle.height)"
                )
            }
            return Self.bounded(rectangle, scale: options.viewport.scale)
        case .fullPage:
            let size = try await call(PageDomain.GetLayoutMetrics(), deadline: deadline).cssContentSize
            return Self.bounded(
                Rectangle(x: 0, y: 0, width: max(1, size.width), height: max(1, size.height)),
                scale: options.viewport.scale
            )
        }
    }

    /// A picture of a page without end would take the browser down with it.
    private static func bounded(_ area: Rectangle, scale: Double) -> (PageDomain.Viewport, isCut: Bool) {
        let width = min(area.width, maximumSide / scale)
        let height = min(area.height, maximumSide / scale, maximumPixels / (width * scale * scale))
        let viewport = PageDomain.Viewport(x: area.x, y: area.y, width: width, height: height.rounded(.down), scale: 1)
        return (viewport, width < area.width || height < area.height)
    }
}

/// Decoding tens of megabytes belongs on the cooperative pool, not on the loop.
@concurrent func decodeBase64(_ text: String) async throws -> [UInt8] {
    try Base64.decode(text)
}
