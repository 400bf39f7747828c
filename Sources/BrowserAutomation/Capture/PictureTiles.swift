/// An area of a page in pieces a browser can paint.
///
/// Pure. Textures end at 16,384 device pixels, and a picture of more than 30 million does not fit into one message comfortably.
struct PictureTiles: Hashable {
    static let maximumSide = 16_384.0
    static let maximumPixels = 30_000_000.0
    /// Of one piece, when there are several: bounds the memory of browser and host.
    static let tilePixels = 8_000_000.0
    /// Of the whole.
    static let totalPixels = 600_000_000.0
    /// Pieces end on whole pixels for every usual ratio.
    private static let step = 8.0

    let pieces: [Rectangle]
    let isCut: Bool

    /// An area in CSS pixels; `ratio` device pixels make one.
    init(_ area: Rectangle, ratio: Double) {
        let width = min(area.width, Self.maximumSide / ratio)
        let height = min(area.height, (Self.totalPixels / (width * ratio * ratio)).rounded(.down))
        isCut = width < area.width || height < area.height
        let isWhole = height * ratio <= Self.maximumSide && width * height * ratio * ratio <= Self.maximumPixels
        let tallest = Self.tilePixels / (width * ratio * ratio)
        let piece = isWhole ? height : max(Self.step, (tallest / Self.step).rounded(.down) * Self.step)
        pieces = stride(from: 0, to: height, by: piece).map { top in
            Rectangle(x: area.x, y: area.y + top, width: width, height: min(piece, height - top))
        }
    }

    /// Its upper part that one picture can hold.
    static func upper(_ area: Rectangle, ratio: Double) -> (Rectangle, isCut: Bool) {
        let width = min(area.width, maximumSide / ratio)
        let height = min(area.height, maximumSide / ratio, (maximumPixels / (width * ratio * ratio)).rounded(.down))
        let part = Rectangle(x: area.x, y: area.y, width: width, height: height)
        return (part, width < area.width || height < area.height)
    }
}
