import Testing

@testable import BrowserAutomation

struct PictureTilesTests {
    @Test func `what one picture can hold is one piece`() {
        let tiles = PictureTiles(Rectangle(x: 3, y: 4, width: 1280, height: 16_000), ratio: 1)
        #expect(tiles.pieces == [Rectangle(x: 3, y: 4, width: 1280, height: 16_000)])
        #expect(!tiles.isCut)
    }

    @Test(arguments: [1, 1.5, 2, 2.625]) func `pieces cover a long page without gap, end on whole pixels`(ratio: Double)
    {
        let tiles = PictureTiles(Rectangle(x: 0, y: 10, width: 1000, height: 40_000), ratio: ratio)
        #expect(tiles.pieces.count > 1 && !tiles.isCut)
        #expect(tiles.pieces.reduce(0) { $0 + $1.height } == 40_000)
        var end = 10.0
        for piece in tiles.pieces {
            #expect(piece.y == end)
            #expect(piece.width * piece.height * ratio * ratio <= PictureTiles.tilePixels)
            end += piece.height
        }
        for piece in tiles.pieces.dropLast() { #expect((piece.height * ratio).truncatingRemainder(dividingBy: 1) == 0) }
    }

    @Test func `a page without end is cut`() {
        let tiles = PictureTiles(Rectangle(x: 0, y: 0, width: 1280, height: 10_000_000), ratio: 1)
        #expect(tiles.isCut)
        #expect(tiles.pieces.reduce(0) { $0 + $1.width * $1.height } <= PictureTiles.totalPixels)
        #expect(PictureTiles(Rectangle(x: 0, y: 0, width: 20_000, height: 10), ratio: 1).isCut)
        #expect(PictureTiles.upper(Rectangle(x: 0, y: 0, width: 400, height: 50_000), ratio: 1).isCut)
    }
}
