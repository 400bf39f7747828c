import CDP
import CDPProtocol
import EventLoops

extension PageSession {
    private static let pieceBytes = 1 << 20
    private static let maximumBytes = 1 << 30
    /// For one piece: a document is given up when it stops arriving, not when it is large.
    private static let pieceDeadline = Duration.seconds(30)

    /// Prints the page into a new file, without passwords and secrets; memory holds one piece of it.
    ///
    /// - Parameter deadline: for the printing itself; reading goes on as long as pieces come.
    /// - Returns: bytes written.
    /// - Throws: `BrowserError` with `timeout`, `pageCrashed`, `invalidInput` (page ranges, sizes), `protocolError` (more than
    ///   1 GiB); `EventLoopError` when the disk does not take it.
    @discardableResult
    package func pdf(
        _ options: PDFOptions = .init(),
        to path: String,
        until deadline: ContinuousClock.Instant
    ) async throws -> Int {
        let stream = try await whileStill(nil, .print(without: options.secrets), until: deadline) { page, _, _ in
            try await page.printed(options, until: deadline)
        }
        defer { session.post(IODomain.Close(handle: stream)) }
        let file = try await FileWriter.create(path, on: loop)
        do {
            let count = try await copy(stream, to: file)
            await file.close()
            return count
        } catch {
            await file.close()
            throw error
        }
    }

    private func printed(
        _ options: PDFOptions,
        until deadline: ContinuousClock.Instant
    ) async throws -> IODomain.StreamHandle {
        var command = PageDomain.PrintToPDF(
            landscape: options.isLandscape,
            printBackground: options.printsBackground,
            scale: options.scale,
            paperWidth: options.paper.width,
            paperHeight: options.paper.height,
            marginTop: options.margins.top,
            marginBottom: options.margins.bottom,
            marginLeft: options.margins.left,
            marginRight: options.margins.right,
            pageRanges: options.pageRanges,
            preferCSSPageSize: options.prefersPageSize,
            transferMode: .returnAsStream,
            generateTaggedPDF: options.isTagged,
            generateDocumentOutline: options.hasOutline
        )
        if options.header != nil || options.footer != nil {
            command.displayHeaderFooter = true
            // Without a word Chromium prints its own title and date.
            command.headerTemplate = options.header ?? "<span></span>"
            command.footerTemplate = options.footer ?? "<span></span>"
        }
        do {
            let reply = try await session.start(command, deadline: max(deadline - .now, .zero)).reply()
            if let stream = reply.stream { return stream }
        } catch let error as CDPError where error.code == .refused {
            throw BrowserError(.invalidInput, "Chromium does not print the page this way: \(error.message)")
        } catch let error as CDPError where error.code == .timedOut {
            throw BrowserError(
                .timeout,
                "The page at \(url) was not printed in time: its scripts keep it busy, or it is very long"
            )
        } catch {
            throw failure(error)
        }
        throw BrowserError(.protocolError, "Chromium printed the page, but gave no stream to read it from")
    }

    private func copy(_ stream: IODomain.StreamHandle, to file: FileWriter) async throws -> Int {
        var count = 0
        while true {
            let piece = try await call(
                IODomain.Read(handle: stream, size: Self.pieceBytes),
                deadline: Self.pieceDeadline
            )
            let bytes =
                piece.base64Encoded ?? false ? try await decodeBase64(piece.data) : Array(piece.data.utf8)
            count += bytes.count
            guard count <= Self.maximumBytes else {
                throw BrowserError(.protocolError, "The printed page is larger than \(Self.maximumBytes >> 30) GiB")
            }
            try await file.write(bytes)
            if piece.eof { return count }
        }
    }
}
