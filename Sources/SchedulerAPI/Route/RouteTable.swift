/// Everything the API offers, in one list: routing, authorisation, the OpenAPI document and its tests follow from it.
package enum RouteTable {
    /// The roots each route is served under; links keep the one that was used.
    static let roots = ["", "/api/v1"]

    /// The list.
    package static let routes: [APIRoute] = [
        JobRoutes.all, IntentRoutes.all, DeadLetterRoutes.all, QueueRoutes.all, ScheduleRoutes.all, ArtifactRoutes.all,
        MessageRoutes.all, AgentRoutes.all, AuditRoutes.all, SessionRoutes.all, HealthRoutes.all, MetricRoutes.all,
        DocumentRoutes.all,
        [SchemaRoute.route], KeyRoutes.all, WebhookRoutes.all, [TicketRoute.route], [BackupRoute.route],
    ].flatMap(\.self)

    /// The schemas the routes name.
    static let schemas: [(name: String, schema: APISchema)] = [
        Problem.schemas, JobRoutes.schemas, IntentRoutes.schemas, QueueRoutes.schemas, ScheduleRoutes.schemas,
        MessageRoutes.schemas, AgentRoutes.schemas, AuditRoutes.schemas, HealthRoutes.schemas, KeyRoutes.schemas,
        WebhookRoutes.schemas,
    ].flatMap(\.self)
}
