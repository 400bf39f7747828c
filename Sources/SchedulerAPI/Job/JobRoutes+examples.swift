import JSON

extension JobRoutes {
    /// A scenario as bodies of requests show it: what the heading of a page says.
    static let exampleScenario: JSONValue = [
        "name": "heading",
        "variables": ["url": "https://example.org/"],
        "tasks": [
            ["id": "open", "action": "goto", "url": "{{ variables.url }}"],
            ["id": "heading", "action": "extract", "selector": "role=heading"],
        ],
        "outputs": ["heading": "{{ tasks.heading.text }}"],
    ]

    /// The same scenario as people write it.
    static let exampleInYAML = """
        name: heading
        variables: { url: "https://example.org/" }
        tasks:
          - { id: open, action: goto, url: "{{ variables.url }}" }
          - { id: heading, action: extract, selector: role=heading }
        outputs: { heading: "{{ tasks.heading.text }}" }

        """

    /// The scenario with what goes beside it.
    static let exampleSubmission: JSONValue = [
        "scenario": exampleScenario,
        "variables": ["url": "https://example.com/"],
        "unique_key": "heading of example.com",
        "on_conflict": "existing",
    ]
}
