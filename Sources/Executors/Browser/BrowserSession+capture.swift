import BrowserAutomation
import EventLoops
import JSON
import JobModel

/// Pictures and prints of pages.
extension BrowserSession {
    /// Texts kept to cover them in pictures; more are not expected of one job.
    private static let secretLimit = 100

    func screenshot(
        _ task: ToDo,
        _ page: PageSession,
        until deadline: ContinuousClock.Instant
    ) async throws -> StepOutcome {
        var options = try task.screenshotOptions()
        options.secrets = secrets
        let name = try task.artifactName(options.format.ending)
        let selector = try task.optionalSelector()
        return try await holding { [options] session, directory in
            let (picture, report) = try await page.picture(of: selector, options, in: directory, until: deadline)
            var artifacts: [Artifact] = []
            for path in picture.paths {
                let type = picture.format.contentType
                artifacts.append(try await session.job.workspace.adopt(path: path, name: name, contentType: type))
            }
            var outcome = session.kept(artifacts)
            outcome.callLog = report.callLog
            if picture.isCut { outcome.callLog.append("the page is too large for a picture: a part is missing") }
            if artifacts.count > 1 {
                outcome.callLog.append(
                    "\(options.format.ending) cannot hold it in one: there are \(artifacts.count) files"
                )
            }
            return outcome
        }
    }

    func pdf(_ task: ToDo, _ page: PageSession, until deadline: ContinuousClock.Instant) async throws -> StepOutcome {
        var options = try task.pdfOptions()
        options.secrets = secrets
        let name = try task.artifactName("pdf")
        // Chromium fills the class in behind everybody's back.
        let prints = [options.header, options.footer].compactMap { $0 }.joined()
        let address = await page.url
        guard !prints.contains("url") || job.redact(address) == address else {
            throw task.invalid("would print the page's address, which holds a secret: leave the class 'url' out")
        }
        return try await holding { [options] session, directory in
            try await page.pdf(options, to: "\(directory)/page.pdf", until: deadline)
            let artifact = try await session.job.workspace.adopt(
                path: "\(directory)/page.pdf",
                name: name,
                contentType: "application/pdf"
            )
            return session.kept([artifact])
        }
    }

    /// What was entered as a secret is covered in later pictures, wherever the page shows it.
    func remember(secret: String) {
        // One or two characters would cover half the page.
        guard secret.count >= 4, !secrets.contains(secret) else { return }
        secrets.append(secret)
        if secrets.count > Self.secretLimit { secrets.removeFirst() }
    }

    /// Runs `body` with a private directory that is gone afterwards.
    func holding<R: Sendable>(
        _ body: (isolated BrowserSession, String) async throws -> R
    ) async throws -> R {
        let holding = try await loop.runBlocking { try HoldingDirectory() }
        let result: Result<R, any Error>
        do { result = .success(try await body(self, holding.path)) } catch { result = .failure(error) }
        // Not structured: what is there is removed though the step was cancelled.
        await Task { try? await loop.runBlocking { holding.remove() } }.value
        return try result.get()
    }

    /// The outcome of a task that left files; the first is `artifact`.
    func kept(_ artifacts: [Artifact]) -> StepOutcome {
        guard let artifact = artifacts.first else { return StepOutcome(touched: "no file") }
        let more = artifacts.count > 1 ? " and \(artifacts.count - 1) more" : ""
        return StepOutcome(
            outputs: [
                "artifact": .string(artifact.name), "bytes": JSONValue(artifact.bytes),
                "sha256": .string(artifact.sha256),
            ],
            artifacts: artifacts,
            touched: "\(artifact.name) (\(ByteCount.text(artifact.bytes)))\(more)"
        )
    }
}
