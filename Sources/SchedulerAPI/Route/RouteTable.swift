/// Everything the API offers, in one list.
package enum RouteTable {
    /// The roots each route is served under; links keep the one that was used.
    static let roots = ["", "/api/v1"]

    /// The list.
    package static let routes: [APIRoute] =
        JobRoutes.all + IntentRoutes.all + DeadLetterRoutes.all + QueueRoutes.all + ScheduleRoutes.all
        + ArtifactRoutes.all
        + MessageRoutes.all + SessionRoutes.all + HealthRoutes.all + [BackupRoute.route]
}
