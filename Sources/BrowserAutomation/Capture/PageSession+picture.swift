import CDP
import CDPProtocol
import EventLoops
import JSON
import PNG

/// Pictures: the agent makes the page hold still and covers what must not be seen, the browser paints, the agent undoes it.
extension PageSession {
    /// How long fonts that are on their way are waited for.
    static let fontLimit = Duration.milliseconds(500)
    /// How long a frame may take to hold still.
    private static let frameLimit = Duration.milliseconds(1500)
    /// How long the page may take to be put back.
    private static let unstillLimit = Duration.seconds(2)

    /// Takes a picture into memory; what is larger than one picture can be is cut.
    ///
    /// - Parameter selector: scrolled into view first; only it is pictured.
    /// - Throws: `BrowserError` with `timeout`, `pageCrashed`, `invalidInput` (nothing to see), and what finding an element throws.
    package func picture(
        of selector: Selector? = nil,
        _ options: ScreenshotOptions = .init(),
        until deadline: ContinuousClock.Instant
    ) async throws -> (screenshot: Screenshot, report: ActionReport) {
        try await whileStill(selector, options, until: deadline) { page, still, options in
            let (area, isCut) = try PictureTiles.upper(page.area(still, options), ratio: page.ratio(still, options))
            let whole = options.area == .viewport && options.scale == .device
            let bytes = try await page.capture(whole ? nil : area, still, options, until: deadline)
            return (Screenshot(bytes: bytes, contentType: options.format.contentType, isCut: isCut), still.report)
        }
    }

    /// Takes a picture into a new file of a directory; what is too large for one piece is taken in several and stitched, a
    /// format that cannot be stitched (jpeg, webp) leaves several files.
    ///
    /// - Throws: as `picture(of:_:until:)`, and `EventLoopError` when the disk does not take it.
    package func picture(
        of selector: Selector? = nil,
        _ options: ScreenshotOptions = .init(),
        in directory: String,
        until deadline: ContinuousClock.Instant
    ) async throws -> (picture: StoredPicture, report: ActionReport) {
        try await whileStill(selector, options, until: deadline) { page, still, options in
            let tiles = try PictureTiles(page.area(still, options), ratio: page.ratio(still, options))
            let base = "\(directory)/picture"
            let paths: [String]
            if options.format == .png, tiles.pieces.count > 1 {
                paths = ["\(base).png"]
                try await page.stitch(tiles, into: "\(base).png", still, options, until: deadline)
            } else {
                paths = tiles.pieces.indices.map { "\(base)-\($0 + 1).\(options.format.ending)" }
                let isView = options.area == .viewport && options.scale == .device
                for (path, piece) in zip(paths, tiles.pieces) {
                    let bytes = try await page.capture(isView ? nil : piece, still, options, until: deadline)
                    try await page.write(path) { try await $0.write(bytes) }
                }
            }
            return (StoredPicture(paths: paths, format: options.format, isCut: tiles.isCut), still.report)
        }
    }

    private func stitch(
        _ tiles: PictureTiles,
        into path: String,
        _ still: StillPage,
        _ options: ScreenshotOptions,
        until deadline: ContinuousClock.Instant
    ) async throws {
        let stitcher = try PictureStitcher()
        try await write(path) { file in
            for piece in tiles.pieces {
                let part = try await self.capture(piece, still, options, until: deadline)
                try await file.write(try await stitcher.append(part))
            }
            let (ending, opening) = try await stitcher.finish()
            try await file.write(ending)
            try await file.write(opening, over: 0)
        }
    }

    private func write(_ path: String, _ body: (FileWriter) async throws -> Void) async throws {
        let file = try await FileWriter.create(path, on: loop)
        do {
            try await body(file)
            await file.close()
        } catch {
            await file.close()
            throw error
        }
    }

    // MARK: Holding still

    /// One picture at a time: what one puts back would spoil the other.
    func whileStill<R: Sendable>(
        _ selector: Selector?,
        _ options: ScreenshotOptions,
        until deadline: ContinuousClock.Instant,
        _ body: (isolated PageSession, StillPage, ScreenshotOptions) async throws -> R
    ) async throws -> R {
        while isPictured {
            try await wait(until: deadline, for: "another picture to be done") { $0.isPictured ? nil : .success(()) }
        }
        isPictured = true
        defer { isPictured = false }
        var options = options
        var report = ActionReport(touched: "page")
        if let selector {
            let box = try await ask("boxForShot", ["selector": selector.json], until: deadline)
            report = box.report
            options.area = .clip(box.rectangle)
        }
        let isTransparent = options.omitsBackground
        if isTransparent {
            let clear = DOMDomain.RGBA(r: 0, g: 0, b: 0, a: 0)
            try await call(EmulationDomain.SetDefaultBackgroundColorOverride(color: clear), deadline: deadline - .now)
        }
        let result: Result<R, any Error>
        do {
            async let inner: Void = tellFrames("still", options.innerPreparation)
            let answer = try await still(options.preparation, until: deadline)
            await inner
            result = .success(try await body(self, StillPage(answer, report: report), options))
        } catch {
            result = .failure(error)
        }
        if isTransparent { session.post(EmulationDomain.SetDefaultBackgroundColorOverride()) }
        await unstill()
        return try result.get()
    }

    /// A document that is replaced meanwhile is asked anew; a navigation that does not get anywhere is no obstacle.
    private func still(_ preparation: JSONObject, until deadline: ContinuousClock.Instant) async throws -> AgentAnswer {
        while true {
            do {
                let left = max(deadline - .now, .zero)
                return try AgentAnswer(try await callAgent("still", .object(preparation), deadline: left))
            } catch let error as BrowserError where error.code == .documentReplaced && .now < deadline {
                continue
            } catch let error as BrowserError where error.code == .timeout {
                throw BrowserError(
                    .timeout,
                    "The page at \(url) did not hold still for its picture in time: its scripts keep it busy"
                )
            }
        }
    }

    /// Puts the page back; a page that cannot be put back any more is gone anyway, and one that stands still is told for
    /// when it goes on.
    private func unstill() async {
        if isUnresponsive {
            for place in innerPlaces + [agentPlace(of: nil)].compactMap(\.self) {
                drop(startAgentCall("unstill", [:], at: place, deadline: Self.unstillLimit))
            }
            return
        }
        async let inner: Void = tellFrames("unstill", [:])
        _ = try? await callAgent("unstill", [:], deadline: Self.unstillLimit)
        await inner
    }

    /// Tells the agents of all frames but the main one, all at once; a frame that does not answer holds nothing up.
    private func tellFrames(_ function: String, _ argument: JSONObject) async {
        let calls = innerPlaces.map { startAgentCall(function, .object(argument), at: $0, deadline: Self.frameLimit) }
        for call in calls { _ = try? await finishAgentCall(call) }
    }

    /// The agents of all frames but the main one.
    private var innerPlaces: [AgentPlace] {
        state.frames.frames.keys.filter { $0 != state.mainFrame }.compactMap { agentPlace(of: $0) }
    }

    // MARK: Painting

    private func ratio(_ still: StillPage, _ options: ScreenshotOptions) -> Double {
        options.scale == .device ? still.ratio : 1
    }

    private func area(_ still: StillPage, _ options: ScreenshotOptions) throws(BrowserError) -> Rectangle {
        switch options.area {
        case .viewport: return still.view
        case .fullPage: return still.size
        case .clip(let rectangle):
            guard rectangle.width >= 1, rectangle.height >= 1 else {
                throw BrowserError(
                    .invalidInput,
                    "There is nothing to see: the area is \(rectangle.width)×\(rectangle.height)"
                )
            }
            return rectangle
        }
    }

    /// One picture as the browser encodes it; of the view as it is when there is no area.
    private func capture(
        _ area: Rectangle?,
        _ still: StillPage,
        _ options: ScreenshotOptions,
        until deadline: ContinuousClock.Instant
    ) async throws -> [UInt8] {
        var command = PageDomain.CaptureScreenshot(optimizeForSpeed: true)
        switch options.format {
        case .png: command.format = .png
        case .jpeg(let quality): (command.format, command.quality) = (.jpeg, min(100, max(0, quality)))
        case .webp(let quality): (command.format, command.quality) = (.webp, min(100, max(0, quality)))
        }
        if let area {
            command.clip = PageDomain.Viewport(
                x: area.x,
                y: area.y,
                width: area.width,
                height: area.height,
                scale: options.scale == .device ? 1 : 1 / still.ratio
            )
            command.captureBeyondViewport = true
        }
        do {
            let data = try await call(command, deadline: max(deadline - .now, .zero)).data
            return try await decodeBase64(data)
        } catch let error as BrowserError where error.code == .timeout {
            throw BrowserError(
                .timeout,
                "The page at \(url) was not painted in time: its scripts keep it busy, or it is very large"
            )
        }
    }
}

extension AgentAnswer {
    /// A box in page coordinates.
    fileprivate var rectangle: Rectangle {
        let number = { (name: String) in result[name]?.double ?? 0 }
        return Rectangle(x: number("x"), y: number("y"), width: number("width"), height: number("height"))
    }
}
