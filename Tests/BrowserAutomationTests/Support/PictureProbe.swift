import Cryptography
import JSON

@testable import BrowserAutomation

/// Looks at pictures through the eyes of the browser: it reads every format, and is not the code under test.
struct PictureProbe {
    let page: PageSession

    /// `[width, height]`.
    func size(_ bytes: [UInt8]) async throws -> JSONText {
        try await look(bytes, "const map = await createImageBitmap(blob); return [map.width, map.height];")
    }

    /// `[red, green, blue, alpha]` of a pixel.
    func pixel(_ x: Int, _ y: Int, of bytes: [UInt8]) async throws -> JSONText {
        let all = try await pixels([(x, y)], of: bytes).description
        return JSONText(stringLiteral: String(all.dropFirst().dropLast()))
    }

    /// The same of several.
    func pixels(_ places: [(x: Int, y: Int)], of bytes: [UInt8]) async throws -> JSONText {
        try await look(
            bytes,
            """
            const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
            const found = [];
            for (const [x, y] of [\(places.map { "[\($0.x),\($0.y)]" }.joined(separator: ","))]) {
              const map = await createImageBitmap(blob, x, y, 1, 1);
              pen.clearRect(0, 0, 1, 1);
              pen.drawImage(map, 0, 0);
              found.push([...pen.getImageData(0, 0, 1, 1).data]);
            }
            return found;
            """
        )
    }

    private func look(_ bytes: [UInt8], _ body: String) async throws -> JSONText {
        let function = """
            async (text) => {
              const blob = new Blob([Uint8Array.from(atob(text), (each) => each.charCodeAt(0))]);
              \(body)
            }
            """
        let value = try await page.evaluateFunction(
            function,
            .string(Base64.encode(bytes)),
            deadline: .seconds(30)
        )
        return JSONText(value)
    }
}
