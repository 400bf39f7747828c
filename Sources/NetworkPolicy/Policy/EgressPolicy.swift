/// Where the pages of a tenant may go. Pure.
///
/// A name is checked before it is looked up, and every address it leads to after; one that may not be reached closes all.
/// Metadata services, reserved addresses and our own ports are closed whatever else is said.
package struct EgressPolicy: Sendable, Hashable {
    package var allowsPublic = true
    package var allowsLoopback = false
    package var allowsPrivate = false
    /// What is open beside that.
    package var openings: [Opening] = []
    /// The only hosts there are; nil: any.
    package var hosts: [HostPattern]?
    /// Hosts that are closed.
    package var blockedHosts: [HostPattern] = []
    /// Connections at once of one job.
    package var maximumConnections = 256
    /// Bytes one job may send and receive; nil: any number.
    package var maximumBytes: Int?

    /// The Internet, nothing of the house.
    package init() {}

    /// Names under which clouds offer their metadata service.
    static let metadataNames: Set<String> = [
        "metadata.google.internal", "metadata", "metadata.goog", "instance-data", "instance-data.ec2.internal",
        "metadata.azure.internal", "metadata.packet.net", "metadata.tencentyun.com",
    ]

    /// What its name says of a place, before anybody looks it up.
    package func check(_ host: HostName, port: Int) throws(EgressDenial) {
        let place = "\(host.bracketed):\(port)"
        guard (1...65535).contains(port) else { throw EgressDenial(.malformedHost, place, "has no port") }
        if case .name(let name) = host.kind, Self.metadataNames.contains(name) {
            throw EgressDenial(.metadata, place, "is a cloud's metadata service; nothing opens it")
        }
        if let pattern = blockedHosts.first(where: { $0.matches(host) }) {
            throw EgressDenial(.hostBlocked, place, "is blocked by '\(pattern)'")
        }
        if let hosts, !hosts.contains(where: { $0.matches(host) }) {
            throw EgressDenial(.hostNotAllowed, place, "is not among the allowed hosts")
        }
    }

    /// What its addresses say of a place; all of them must be open.
    ///
    /// - Parameter own: whether an address and port are ours.
    package func check(
        _ host: HostName,
        port: Int,
        _ addresses: [IPAddress],
        isOwn own: (IPAddress, Int) -> Bool
    ) throws(EgressDenial) {
        let place = "\(host.bracketed):\(port)"
        for address in addresses {
            let leads = host.kind == .address(address) ? "is" : "leads to \(address),"
            if own(address, port) {
                throw EgressDenial(.ownPort, place, "\(leads) a port of cpa itself; nothing opens it")
            }
            if let pattern = blockedHosts.first(where: { $0.matches(address) }) {
                throw EgressDenial(.hostBlocked, place, "is blocked by '\(pattern)'")
            }
            let kind = AddressClass(of: address)
            switch kind {
            case .metadata:
                throw EgressDenial(.metadata, place, "\(leads) where clouds keep their metadata; nothing opens it")
            case .reserved:
                throw EgressDenial(.reserved, place, "\(leads) a reserved address; nothing opens it")
            case .public where allowsPublic, .loopback where allowsLoopback, .private where allowsPrivate: break
            case .public, .loopback, .private:
                guard openings.contains(where: { $0.opens(host, address, port) }) else {
                    let (rule, what) = Self.words(kind)
                    throw EgressDenial(rule, place, "\(leads) \(what); 'network.open' in the policies can open it")
                }
            }
        }
    }

    private static func words(_ kind: AddressClass) -> (EgressDenial.Rule, String) {
        switch kind {
        case .loopback: (.loopback, "an address of this machine")
        case .private: (.privateAddress, "a private address")
        case .public: (.publicAddress, "a public address")
        case .metadata: (.metadata, "a metadata address")
        case .reserved: (.reserved, "a reserved address")
        }
    }
}
