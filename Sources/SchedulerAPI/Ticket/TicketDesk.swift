import Cryptography
import JobModel
import Security
import Synchronization

/// One-use tickets for WebSockets of browsers, which cannot send a header field.
///
/// A ticket lives for 30 s in memory, for one place, from one address. Bounded: beyond `limit` no more are given out until
/// some are used or over.
final class TicketDesk: Sendable {
    /// What a ticket was given out for.
    struct Ticket: Sendable {
        var caller: Principal
        /// What the caller showed for it: looked at again while the socket lives.
        var credential: String?
        /// Path of the WebSocket, without the root.
        var path: String
        /// Address it may come from.
        var address: String
        var expires: Int64
    }

    static let lifetime: Int64 = 30_000
    private static let limit = 10_000

    private let now: @Sendable () -> Int64
    /// By hash: what lies in memory opens nothing.
    private let tickets = Mutex<[[UInt8]: Ticket]>([:])

    /// - Parameter now: milliseconds since 1970.
    init(now: @escaping @Sendable () -> Int64) { self.now = now }

    /// Gives a ticket out; nil when there are too many.
    func give(to caller: Principal, credential: String?, for path: String, from address: String) -> String? {
        let (secret, time) = (RandomBytes.generate(24), now())
        let ticket = Ticket(
            caller: caller,
            credential: credential,
            path: path,
            address: address,
            expires: time + Self.lifetime
        )
        let hash = SHA256.digest(of: secret).bytes
        let isKept = tickets.withLock { tickets in
            if tickets.count >= Self.limit { tickets = tickets.filter { $0.value.expires > time } }
            guard tickets.count < Self.limit else { return false }
            tickets[hash] = ticket
            return true
        }
        return isKept ? Base64.encodeURL(secret) : nil
    }

    /// Takes a ticket: it is used up, whether it fits or not.
    func take(_ text: String, for path: String, from address: String) -> Ticket? {
        guard let secret = try? Base64.decodeURL(text) else { return nil }
        let hash = SHA256.digest(of: secret).bytes
        guard let ticket = tickets.withLock({ $0.removeValue(forKey: hash) }), ticket.expires > now(),
            ticket.path == path, ticket.address == address
        else { return nil }
        return ticket
    }
}
