import BrowserAutomation
import EventLoops
import FoundationEssentials
import JobModel
import JobQueue
import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

extension Check {
    /// In the order they are shown.
    static let all: [Check] = [dataDirectory, chromium, user, descriptors, redis, key, mail]

    private static let dataDirectory = Check(name: "data directory") { configuration in
        let path = Paths(configuration).root
        do {
            try Paths.make(path)
        } catch {
            return .failure("\(error)", fix: "choose another with --data-dir or CPA_DATA_DIR")
        }
        guard access(path, W_OK) == 0 else {
            return .failure(
                "\(path) cannot be written to",
                fix: "change its owner, or choose another with CPA_DATA_DIR"
            )
        }
        guard let free = DiskSpace.free(at: path) else { return .ok(path) }
        let text = "\(path), \(ByteCount.text(free)) free"
        return free < 1 << 30 ? .warning(text, fix: "make room: files of jobs are kept there") : .ok(text)
    }

    private static let chromium = Check(name: "chromium") { configuration in
        var browser = BrowserConfiguration(isSandboxed: configuration.boolean(.browserSandbox))
        if let path = configuration[.browserPath] { browser.executable = path }
        guard browser.isInstalled else {
            return .failure("\(browser.executable) is not there", fix: "run tools/install, or set CPA_BROWSER_PATH")
        }
        let loop = EventLoop(name: "cpa-doctor")
        let result: Result
        do {
            let started = ContinuousClock.now
            let running = try await Browser.launch(on: loop, browser)
            let time = ProgressPrinter.seconds(Int((ContinuousClock.now - started) / .milliseconds(1)))
            await running.close()
            let text = "\(browser.executable), starts in \(time)"
            result =
                browser.isSandboxed
                ? .ok(text + ", sandbox on")
                : .warning(text + ", sandbox OFF", fix: "set CPA_BROWSER_SANDBOX=true unless you must not")
        } catch {
            result = .failure("does not start: \(error)", fix: "see the message; tools/install installs what it needs")
        }
        await loop.shutdown()
        return result
    }

    private static let user = Check(name: "user") { _ in
        if getuid() == 0 { return .ok("root; Chromium runs as an unprivileged user") }
        return .warning(
            "uid \(getuid()); Chromium runs as the same user",
            fix: "for a border between pages and cpa start it as root, or in the container of this repository"
        )
    }

    private static let descriptors = Check(name: "open files") { _ in
        // As 'cpa serve' and 'cpa worker' raise it.
        let limit = OpenFiles.reachable
        guard limit < OpenFiles.ofServer else { return .ok("\(limit) at once") }
        return .warning("\(limit) at once, a server may need \(OpenFiles.ofServer)", fix: OpenFiles.remedy)
    }

    private static let redis = Check(name: "redis") { configuration in
        guard let url = configuration[.redisURL] else { return .ok("not used: dispatch in memory, one process") }
        do {
            let dispatch = try await Dispatch(url: url, queue: configuration.text(.queue), logger: .silent)
            let depth = try await dispatch.index.depth()
            try await dispatch.index.tryWrite()
            await dispatch.close()
            return .ok("\(depth.ready) ready, \(depth.delayed) delayed, \(depth.leased) leased")
        } catch let error as HostError where error.exitCode == .usage {
            return .failure("\(error)", fix: "correct the setting")
        } catch {
            return .failure("\(error)", fix: "start Redis there, or correct CPA_REDIS_URL")
        }
    }

    /// Where a scheduler is named, it is asked about the key.
    static let key = Check(name: "api key") { configuration in
        do {
            _ = try RemoteWorker.apiKey(configuration)
        } catch {
            return .warning("\(error)", fix: "the first 'cpa serve' makes one; 'cpa run' needs none")
        }
        let place = configuration[.apiKey] == nil ? Paths(configuration).apiKey : "CPA_API_KEY"
        guard configuration.origin(of: .schedulerURL) != .fallback else { return .ok(place) }
        let url = configuration.text(.schedulerURL)
        do {
            let found = try await SchedulerClient.with(configuration) { try await $0.reach() }
            guard let refusal = found.refusal else { return .ok("\(place), good at \(url)") }
            return .failure(
                "\(url) refuses the key of \(place): \(refusal)",
                fix: "'cpa keys create NAME' makes one there; CPA_API_KEY or --data-dir hands it over"
            )
        } catch {
            return .failure("\(error)", fix: "start 'cpa serve' there, or correct CPA_SCHEDULER_URL")
        }
    }
}
