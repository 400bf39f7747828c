import BrowserAutomation
import FoundationEssentials
import JSON
import JobModel

/// What `cpa screenshot` is asked for.
struct ScreenshotOrder: Sendable {
    /// What to wait for before.
    enum Wait: Sendable, Hashable {
        case state(WaitUntil)
        case pause(Duration)
        case element(Selector)
    }

    /// What is shown: an address, or a file of this machine.
    enum Page: Sendable, Hashable {
        case address(String)
        case file(String)
    }

    var page: Page
    /// Where to, nil for a name made from the page's.
    var output: String?
    var selector: Selector?
    var viewport = (width: 1280, height: 720)
    var scale = 1.0
    var waits: [Wait] = []
    var timeout = Duration.seconds(60)
    var picture = ScreenshotOptions()
    var isPDF: Bool

    /// Reads the command line.
    ///
    /// - Throws: `UsageError` that names the option.
    init(_ arguments: Arguments) throws(UsageError) {
        page = Self.page(arguments.positionals[0])
        output = arguments.value("-o")
        let ending = output.flatMap { path in
            path.lastIndex(of: ".").map { path[path.index(after: $0)...].lowercased() }
        }
        let isPrinted = arguments.flags.contains("--pdf")
        isPDF = isPrinted || ending == "pdf"
        if isPrinted, let output, let ending, ["png", "jpg", "jpeg", "webp"].contains(ending) {
            throw Self.error("-o", "'\(output)' is a picture, and --pdf makes none; write .pdf, or leave out --pdf")
        }
        switch ending {
        case "jpg", "jpeg": picture.format = .jpeg(quality: 85)
        case "webp": picture.format = .webp(quality: 85)
        case nil, "png": picture.format = .png
        case "pdf": break
        case let other? where !isPDF: throw Self.error("-o", "'.\(other)' is no format; use .png, .jpg, .webp or .pdf")
        default: break
        }
        if arguments.flags.contains("--full-page") { picture.area = .fullPage }
        selector = try arguments.value("--selector").map { (text) throws(UsageError) in
            try Self.selector(text, "--selector")
        }
        for text in arguments.values["--mask"] ?? [] { picture.masks.append(try Self.selector(text, "--mask")) }
        if let text = arguments.value("--viewport") { viewport = try Self.size(text) }
        if let text = arguments.value("--scale") {
            guard let number = Double(text), (0.25...8).contains(number) else {
                throw Self.error("--scale", "'\(text)' is no number from 0.25 to 8")
            }
            scale = number
        }
        if let text = arguments.value("--timeout") {
            guard let limit = Duration(scenario: .string(text)) else {
                throw Self.error("--timeout", "'\(text)' is no duration such as 30s")
            }
            timeout = limit
        }
        for text in arguments.values["--wait"] ?? [] { waits.append(try Self.wait(text)) }
    }

    /// A name for the file, from what is shown: `example.com.png`.
    var fileName: String {
        if let output { return output }
        let ending = isPDF ? "pdf" : picture.format.ending
        let name: String
        switch page {
        case .file(let path): name = path.split(separator: "/").last.map(String.init) ?? "page"
        case .address(let url):
            // Addresses without a host have no name.
            let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? ""
            name = String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" && $0 != ":" && $0 != "," })
        }
        return "\(name.isEmpty ? "page" : name).\(ending)"
    }

    // MARK: Parts

    /// A file when there is one of that name, else an address; one without scheme is of the web.
    private static func page(_ text: String) -> Page {
        let scheme = text.prefix { $0 != ":" }.lowercased()
        if ["http", "https", "data", "about", "file"].contains(scheme) { return .address(text) }
        return FileManager.default.fileExists(atPath: text) ? .file(text) : .address("https://" + text)
    }

    private static func selector(_ text: String, _ option: String) throws(UsageError) -> Selector {
        do { return try Selector(text) } catch { throw Self.error(option, "\(error)") }
    }

    private static func size(_ text: String) throws(UsageError) -> (width: Int, height: Int) {
        let sides = text.lowercased().split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy((1...10_000).contains) else {
            throw error("--viewport", "'\(text)' is no size such as 1280x720")
        }
        return (sides[0], sides[1])
    }

    private static func wait(_ text: String) throws(UsageError) -> Wait {
        if let state = WaitUntil(rawValue: text) { return .state(state) }
        if let pause = Duration(scenario: .string(text)) { return .pause(pause) }
        return .element(try selector(text, "--wait"))
    }

    private static func error(_ option: String, _ problem: String) -> UsageError {
        UsageError(message: "\(option): \(problem)", command: "screenshot")
    }
}
