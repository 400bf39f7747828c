import BrowserAutomation
import JSON
import JobModel

/// Members of `screenshot` and `pdf`.
extension ToDo {
    func screenshotOptions() throws(StepFailure) -> ScreenshotOptions {
        var options = ScreenshotOptions()
        let quality = try optionalCount("quality") ?? 80
        switch try optionalString("format") {
        case "jpeg": options.format = .jpeg(quality: quality)
        case "webp": options.format = .webp(quality: quality)
        default: options.format = .png
        }
        if try flag("full_page") { options.area = .fullPage }
        if let clip = fields["clip"], !clip.isNull {
            guard let x = clip["x"]?.double, let y = clip["y"]?.double, let width = clip["width"]?.double,
                let height = clip["height"]?.double, width >= 1, height >= 1
            else { throw invalid("wants {x, y, width, height} in pixels of the page in 'clip'") }
            options.area = .clip(Rectangle(x: x, y: y, width: width, height: height))
        }
        options.scale = try word("scale") ?? .device
        for source in try texts("mask") ?? [] { options.masks.append(try parsed(source)) }
        options.maskColor = try optionalString("mask_color")
        options.omitsBackground = try flag("omit_background")
        options.stopsAnimations = try optionalString("animations") != "run"
        options.hidesCaret = try optionalString("caret") != "show"
        options.style = try optionalString("style")
        return options
    }

    func pdfOptions() throws(StepFailure) -> PDFOptions {
        var options = PDFOptions()
        switch try optionalString("format") ?? "A4" {
        case "A3": options.paper = .a3
        case "A5": options.paper = .a5
        case "Letter": options.paper = .letter
        case "Legal": options.paper = .legal
        default: options.paper = .a4
        }
        if let width = try length("width") { options.paper.width = width }
        if let height = try length("height") { options.paper.height = height }
        options.isLandscape = try flag("landscape")
        options.printsBackground = fields["background"]?.bool ?? true
        options.scale = fields["scale"]?.double ?? 1
        guard (0.1...2).contains(options.scale) else { throw invalid("wants a number from 0.1 to 2 in 'scale'") }
        options.pageRanges = try plainText("pages")
        options.margins = try margins()
        options.header = try optionalString("header")
        options.footer = try optionalString("footer")
        options.prefersPageSize = try flag("prefer_css_page_size")
        options.hasOutline = try flag("outline")
        options.isTagged = fields["tagged"]?.bool ?? true
        return options
    }

    /// One length for all sides, or `{top, right, bottom, left}`.
    private func margins() throws(StepFailure) -> PDFOptions.Margins {
        guard let value = fields["margin"], value.object != nil else {
            return PDFOptions.Margins(all: try length("margin") ?? 0.4)
        }
        var sides: [String: Double] = [:]
        for (side, _) in value.object ?? [:] {
            guard ["top", "right", "bottom", "left"].contains(side), let text = value[side]?.plainText,
                let inches = PaperLength.inches(text)
            else { throw invalid("wants a length, or {top, right, bottom, left} with lengths, in 'margin'") }
            sides[side] = inches
        }
        return PDFOptions.Margins(
            top: sides["top"] ?? 0,
            right: sides["right"] ?? 0,
            bottom: sides["bottom"] ?? 0,
            left: sides["left"] ?? 0
        )
    }

    private func length(_ member: String) throws(StepFailure) -> Double? {
        guard let text = try plainText(member) else { return nil }
        guard let inches = PaperLength.inches(text) else {
            throw invalid("wants a length such as 1cm, 10mm, 0.4in or 96px in '\(member)'")
        }
        return inches
    }
}
