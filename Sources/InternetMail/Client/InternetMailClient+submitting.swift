import HTTPClient
import MailModel

extension InternetMailClient {
    /// One exchange with the server that takes mail.
    ///
    /// - Parameter activity: what is done, for the failure: `sending`.
    /// - Throws: `MailError`, or `CancellationError`.
    func submit(
        _ operation: MailTransferRequest.Operation,
        during activity: String,
        of mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws {
        let left = deadline - environment.now()
        guard left > .zero else {
            throw MailError(.unavailable, "The time limit of the step is over before the mail was sent.")
        }
        let request = MailTransferRequest(
            url: settings.submissionURL,
            operation: operation,
            proof: try await environment.proof(mailbox),
            requiresTLS: settings.requiresTLS,
            timeout: left,
            certificateAuthorities: settings.certificateAuthorities
        )
        do {
            _ = try await transport.execute(request)
        } catch let error as MailTransferError {
            throw MailError(error, during: activity, mailbox)
        } catch let error as HTTPClientError {
            throw MailError(.unavailable, "Mail of \(mailbox) failed while \(activity): \(error)")
        }
    }
}
