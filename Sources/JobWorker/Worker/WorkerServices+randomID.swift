import Cryptography
package import JobModel

extension WorkerServices {
    /// 128 random bits in hexadecimal.
    @Sendable package static func randomID() -> MessageID { MessageID(Hex.encode(RandomBytes.generate(16))) }
}
