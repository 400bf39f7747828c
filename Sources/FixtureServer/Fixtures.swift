package import Cryptography
package import EventLoops
import FoundationEssentials
import HTTPServer
import JSON
package import Telemetry

/// The portal and the Graph of demos and tests, listening on one machine.
package struct Fixtures: Sendable {
    /// The portal, to end its sessions in tests.
    package let portal: Portal
    /// The service, to set faults and read back what was sent.
    package let graph: GraphFixture
    /// `http://127.0.0.1:…`
    package let portalURL: String
    /// Origin of the host that takes large attachments, on a port of its own.
    package let uploadURL: String
    /// Origin of Graph and of the identity platform; Graph's base URL is this with `/v1.0`.
    package let graphURL: String
    /// What both accept.
    package let application: FixtureApplication

    private let portalConfiguration: PortalConfiguration
    private let listeners: [HTTPListener]

    /// Listens on loopback, or the address of `host`; port 0 takes a free one.
    ///
    /// - Parameter tls: for Graph, its identity platform and its upload host; the portal speaks plain HTTP always.
    /// - Throws: `EventLoopError` with `addressInUse` and the like.
    package static func start(
        on loop: EventLoop,
        host: String = "127.0.0.1",
        portalPort: Int = 0,
        graphPort: Int = 0,
        uploadPort: Int = 0,
        tls: TLSServerContext? = nil,
        portal configuration: PortalConfiguration = PortalConfiguration(),
        application: FixtureApplication = FixtureApplication(),
        logger: Logger = .silent
    ) async throws -> Fixtures {
        let portal = Portal(configuration, on: loop)
        let graph = GraphFixture(application, on: loop)
        var secured = HTTPListenerSettings()
        secured.tls = tls
        let scheme = tls == nil ? "http" : "https"
        var listeners: [HTTPListener] = []
        func listen(_ handler: any HTTPHandler, _ port: Int, _ settings: HTTPListenerSettings) async throws -> Int {
            let listener = try await HTTPListener.start(
                on: loop,
                host: host,
                port: port,
                settings: settings,
                logger: logger,
                handler: handler
            )
            listeners.append(listener)
            return await listener.localPort
        }
        do {
            let portalPort = try await listen(portal, portalPort, HTTPListenerSettings())
            let graphPort = try await listen(graph, graphPort, secured)
            let uploadPort = try await listen(GraphUploadHost(graph: graph), uploadPort, secured)
            let uploadURL = "\(scheme)://\(host):\(uploadPort)"
            await graph.setUploadOrigin(uploadURL)
            return Fixtures(
                portal: portal,
                graph: graph,
                portalURL: "http://\(host):\(portalPort)",
                uploadURL: uploadURL,
                graphURL: "\(scheme)://\(host):\(graphPort)",
                application: application,
                portalConfiguration: configuration,
                listeners: listeners
            )
        } catch {
            for listener in listeners { await listener.close() }
            throw error
        }
    }

    /// Cuts every connection and stops listening.
    package func close() async {
        for listener in listeners { await listener.close() }
    }

    /// What a program needs to use them, as one JSON line.
    package func description() -> String {
        let json: JSONObject = [
            "portal": .string(portalURL),
            "portal_user": .string(portalConfiguration.user),
            "portal_password": .string(portalConfiguration.password),
            "graph": .string(graphURL),
            "graph_upload": .string(uploadURL),
            "graph_tenant": .string(application.tenant),
            "graph_client_id": .string(application.clientID),
            "graph_client_secret": .string(application.clientSecret),
            "mailbox": .string(application.mailboxes.first ?? ""),
        ]
        return json.text()
    }

    /// What lies in the mailboxes, as `/_control/mailboxes` shows it, written for people to look at.
    package func save(mailboxesTo path: String) async throws {
        try Self.write(await graph.mailboxes().text(.pretty) + "\n", to: path)
    }

    /// Writes a file so that who waits for it never sees half of it.
    package static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
