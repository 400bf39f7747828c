/// How many browsers there are and how long each serves.
package struct BrowserPoolSettings: Sendable {
    /// Browsers at work at a time; one that retires finishes its jobs beside its successor.
    package var browsers: Int
    /// Contexts kept ready in each: with a page, the agent and the default options. Two, so that a second processor makes the
    /// next one while the first is still at work on its predecessor.
    package var warmContexts: Int
    /// Jobs at a time in each.
    package var maximumJobs: Int
    /// Callers that may wait for a context; more are refused.
    package var maximumWaiting: Int
    /// A browser retires after this many jobs,
    package var jobsBeforeRetirement: Int
    /// after this long,
    package var ageBeforeRetirement: Duration
    /// or when its processes own more memory than this, in bytes.
    package var memoryBeforeRetirement: Int
    /// How often each browser is asked whether it works.
    package var probeInterval: Duration
    /// How long it may take to answer.
    package var probeDeadline: Duration

    package init(
        browsers: Int = 1,
        warmContexts: Int = 2,
        maximumJobs: Int = 8,
        maximumWaiting: Int = 1024,
        jobsBeforeRetirement: Int = 200,
        ageBeforeRetirement: Duration = .seconds(3600),
        memoryBeforeRetirement: Int = 2 << 30,
        probeInterval: Duration = .seconds(15),
        probeDeadline: Duration = .seconds(5)
    ) {
        self.browsers = browsers
        self.warmContexts = warmContexts
        self.maximumJobs = maximumJobs
        self.maximumWaiting = maximumWaiting
        self.jobsBeforeRetirement = jobsBeforeRetirement
        self.ageBeforeRetirement = ageBeforeRetirement
        self.memoryBeforeRetirement = memoryBeforeRetirement
        self.probeInterval = probeInterval
        self.probeDeadline = probeDeadline
    }
}
