import BrowserAutomation
import JSON
package import JobModel
import Threads

/// Works web pages in a real Chromium: one browser context a job, its pages known by name.
package struct BrowserExecutor: Executor {
    /// As in the `executor` member of a task.
    package let name = "browser"
    /// All browser actions, and the seed's `playwright` with its `op`.
    package let actions = Set(Action.browserActions + [.playwright])

    private let contexts: any BrowserContextSource
    private let allowsScripts: @Sendable (TenantID) -> Bool
    private static let restoreLimit = Duration.seconds(30)

    /// An executor.
    ///
    /// - Parameters:
    ///   - contexts: where contexts come from, usually the pool.
    ///   - allowsScripts: whether scenarios may run their own JavaScript in pages (`evaluate`, `wait_for` with `function`).
    package init(contexts: any BrowserContextSource, allowsScripts: Bool = false) {
        self.init(contexts: contexts) { _ in allowsScripts }
    }

    /// An executor that lets some tenants run scripts.
    package init(contexts: any BrowserContextSource, allowsScripts: @escaping @Sendable (TenantID) -> Bool) {
        self.contexts = contexts
        self.allowsScripts = allowsScripts
    }

    /// As in the action's schema; `once` makes anything an effect.
    package func effectClass(of task: ToDo) -> EffectClass {
        if task.once { return .effect }
        guard let action = try? task.browserAction() else { return .page }
        return ActionSchema.of(action).effect
    }

    /// Leases a context; its first page opens with the first task.
    package func openSession(for job: JobContext) async throws -> any ExecutorSession {
        var options = try PageOptions(scenario: job.browserOptions, artifacts: try await artifacts(of: job))
        let policy = try DialogPolicy(scenario: job.onDialog)
        let trace = try TraceMode(scenario: job.browserOptions["trace"], of: "trace", unlessSet: .onFailure)
        let recording = try TraceMode(scenario: job.browserOptions["recording"], of: "recording", unlessSet: .off)
        options.leavesPages = job.onDialog?["beforeunload"]?.string != "dismiss"
        let overlays = try job.overlays.enumerated().map { try Overlay(scenario: $1, at: $0) }
        do {
            let lease = try await contexts.lease(options, dialogPolicy: policy, owner: owner(of: job))
            await lease.context.setRedaction(job.redact)
            do {
                try await restoreStorage(of: job, in: lease.context)
            } catch {
                await lease.giveBack()
                throw error
            }
            let session = BrowserSession(
                lease: lease,
                job: job,
                overlays: overlays,
                allowsScripts: allowsScripts(job.tenant),
                // Who drives a session step by step sees everything at once, and never asks for a trace.
                trace: job.events == nil ? trace : .off
            )
            if let events = job.events {
                await session.listen(to: events)
            } else if recording != .off {
                await session.startRecording(recording)
            }
            return session
        } catch let error as BrowserError {
            throw StepFailure(error, job: job)
        }
    }

    private func owner(of job: JobContext) -> NetworkOwner {
        NetworkOwner(tenant: job.tenant.rawValue, job: job.job.rawValue) { [denied = job.denied] problem in
            denied(PolicyDenial(rule: problem.rule ?? "", message: problem.message))
        }
    }

    /// What an earlier job's `storage_state` kept, a login usually.
    private func restoreStorage(of job: JobContext, in context: BrowserContext) async throws {
        guard let name = job.browserOptions["storage_state"]?.string else { return }
        let bytes = try await contents(of: name, job)
        guard let state = try? JSONValue(parsing: bytes) else {
            throw StepFailure(
                reason: .invalidScenario,
                message: "browser.storage_state names '\(name)', which is no JSON.",
                isRetryable: false
            )
        }
        try await context.restore(state, deadline: Self.restoreLimit)
    }

    private func contents(of name: String, _ job: JobContext) async throws -> [UInt8] {
        let path = try await job.workspace.path(of: name)
        return try await JobWorkspace.sharedThread.run {
            try WorkspaceDisk.read(path, for: name, limit: FileSession.readLimit)
        }
    }

    /// What routes answer with, read before the first page asks.
    private func artifacts(of job: JobContext) async throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for name in NetworkRoute.artifactNames(in: job.browserOptions) {
            contents[name] = try await self.contents(of: name, job)
        }
        return contents
    }
}
