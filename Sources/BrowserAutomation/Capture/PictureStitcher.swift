import PNG

/// Stitches on the cooperative pool: compressing megabytes is not for the loop.
actor PictureStitcher {
    private var stitcher: PNGStitcher

    init() throws(PNGError) {
        stitcher = try PNGStitcher()
    }

    /// The next piece of the file.
    func append(_ part: [UInt8]) throws(PNGError) -> [UInt8] { try stitcher.append(part) }

    /// The end of the file, and what its first bytes must be now.
    func finish() throws(PNGError) -> (ending: [UInt8], opening: [UInt8]) {
        (try stitcher.finish(), stitcher.opening)
    }
}
