import Testing

@testable import PNG

struct PNGStitcherTests {
    @Test(arguments: [UInt8(0), 1, 2, 3, 4], [PNGHeader.Colour.rgb, .rgba])
    func `rows stand below each other whatever filter they have`(filter: UInt8, colour: PNGHeader.Colour) throws {
        let upper = SmallPicture(width: 5, height: 3, colour: colour, seed: 7)
        let lower = SmallPicture(width: 5, height: 4, colour: colour, seed: 99)
        var stitcher = try PNGStitcher()
        var file = try stitcher.append(try upper.encoded(filter: filter))
        file += try stitcher.append(try lower.encoded(filter: filter))
        file += try stitcher.finish()
        file.replaceSubrange(0..<stitcher.opening.count, with: stitcher.opening)
        let whole = try SmallPicture(decoding: file)
        #expect(whole.rows == upper.rows + lower.rows)
        #expect(try PNGHeader(of: file) == PNGHeader(width: 5, height: 7, colour: colour))
    }

    @Test func `parts of another width or colour are refused`() throws {
        let part = try SmallPicture(width: 5, height: 3, colour: .rgb, seed: 1).encoded(filter: 0)
        for other in [
            SmallPicture(width: 6, height: 3, colour: .rgb, seed: 1),
            SmallPicture(width: 5, height: 3, colour: .rgba, seed: 1),
        ] {
            var stitcher = try PNGStitcher()
            _ = try stitcher.append(part)
            let code = try failure(of: &stitcher, appending: try other.encoded(filter: 0))
            #expect(code == .mismatch)
        }
    }

    @Test func `what is cut off, damaged or no picture is refused`() throws {
        let part = try SmallPicture(width: 5, height: 3, colour: .rgb, seed: 1).encoded(filter: 1)
        for bytes in [Array("GIF89a".utf8), Array(part.dropLast(20)), [UInt8](repeating: 0, count: 100)] {
            var stitcher = try PNGStitcher()
            #expect(try failure(of: &stitcher, appending: bytes) == .invalid)
        }
    }

    private func failure(of stitcher: inout PNGStitcher, appending part: [UInt8]) throws -> PNGError.Code? {
        do {
            _ = try stitcher.append(part)
            return nil
        } catch {
            return error.code
        }
    }
}
