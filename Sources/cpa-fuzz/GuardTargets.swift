import JobModel
import NetworkPolicy
import Security

/// An address is refused, or leads to a host that says again what it is; nothing that is private passes for public.
func fuzzAddress(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    if let host = HostName(text) {
        require(HostName(host.bracketed) == host, "a host is read from what it is written as")
        if case .address(let address) = host.kind {
            require(IPAddress(address.description) == address, "an address is read from what it is written as")
            let mapped = IPAddress("::ffff:\(address)")
            if let mapped, address.isV4 {
                require(AddressClass(of: mapped) == AddressClass(of: address), "a mapped address is what it carries")
            }
        }
    }
    _ = HostPattern(text)
    _ = Opening(text)
    guard let page = try? PageAddress(text) else { return }
    let scheme = text.prefix { $0 != ":" }.lowercased()
    require(["http", "https", "about"].contains(scheme), "no other scheme is for pages")
    require(!text.utf8.contains { $0 <= 0x20 || $0 == 0x7F }, "no control character is in an address")
    guard let host = page.host, case .address(let address) = host.kind else { return }
    let denied = (try? EgressPolicy().check(host, port: 80, [address]) { _, _ in false }) == nil
    require(denied != (AddressClass(of: address) == .public), "by default the public is open, and nothing else")
}

/// Findings lie in the text, in order, on whole characters; masked text has none of the masked kinds at their places.
func fuzzPersonalData(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    let detector = PersonalDataDetector(threshold: 0)
    let findings = detector.findings(in: text)
    let bytes = Array(text.utf8)
    var end = 0
    for finding in findings {
        require(
            finding.range.lowerBound >= end && finding.range.upperBound <= bytes.count,
            "findings lie in the text, in order"
        )
        require(!finding.range.isEmpty, "a finding is something")
        require(String(validating: bytes[finding.range], as: UTF8.self) != nil, "a finding is whole characters")
        end = finding.range.upperBound
    }
    let masked = detector.masked(text, findings)
    require(findings.isEmpty == (masked == text), "what is found is masked")
    _ = PersonalDataDetector().findings(in: input)
}

private let fuzzedSecrets = ["S3cr3t-Kanari/Vogel+42", #"a\b"c<d>"#, "%41&amp;", "Größe 🔑", "48151623"]
private let redactor = Redactor(secrets: fuzzedSecrets)

/// No secret is left, and what has none stays; libFuzzer's timeout sees what takes too long.
func fuzzRedactor(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    let clean = redactor.redact(text)
    for secret in fuzzedSecrets { require(!clean.contains(secret), "no secret is left") }
    require(clean == text || clean.contains(Redactor.mark), "what has no secret stays as it is")
}

/// Policies are read, or every problem has its line.
func fuzzPolicies(_ input: [UInt8]) {
    do throws(InvalidInput) {
        _ = try Policies(parsing: input, file: "policies.yaml")
    } catch {
        require(!error.problems.isEmpty, "a refusal says why")
    }
}
