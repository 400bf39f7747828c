import CDP
import CDPProtocol

extension PageSession {
    private static let pieceBytes = 1 << 20
    private static let maximumBytes = 256 << 20

    /// Prints the page; read in pieces, so that a thick report needs no message of its whole size.
    ///
    /// - Parameter deadline: for the printing; each piece after it has 30 s.
    /// - Throws: `BrowserError` with `timeout`, `pageCrashed`, `protocolError` (bad ranges, or more than 256 MiB).
    package func pdf(_ options: PDFOptions = .init(), deadline: Duration) async throws -> [UInt8] {
        let printed = try await call(
            PageDomain.PrintToPDF(
                landscape: options.isLandscape,
                printBackground: options.printsBackground,
                scale: options.scale,
                paperWidth: options.paper.width,
                paperHeight: options.paper.height,
                marginTop: options.margin,
                marginBottom: options.margin,
                marginLeft: options.margin,
                marginRight: options.margin,
                pageRanges: options.pageRanges,
                preferCSSPageSize: options.prefersPageSize,
                transferMode: .returnAsStream
            ),
            deadline: deadline
        )
        guard let stream = printed.stream else { return try await decodeBase64(printed.data) }
        defer { session.post(IODomain.Close(handle: stream)) }
        var document: [UInt8] = []
        while true {
            let piece = try await call(IODomain.Read(handle: stream, size: Self.pieceBytes))
            let isEncoded = piece.base64Encoded ?? false
            document += isEncoded ? try await decodeBase64(piece.data) : Array(piece.data.utf8)
            guard document.count <= Self.maximumBytes else {
                throw BrowserError(.protocolError, "The printed page is larger than \(Self.maximumBytes >> 20) MiB")
            }
            if piece.eof { return document }
        }
    }
}
