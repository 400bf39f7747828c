extension ActionSchema {
    private static let name = FieldSchema.optional(
        "name",
        .text,
        "name of the artifact; made from the task's id unless set"
    )

    static let screenshot = ActionSchema(
        "browser",
        .read,
        "Takes a picture of the page or of an element; passwords and what was filled in from a secret are covered.",
        [
            .optional("selector", .selector, "only this element"), name,
            .optional("full_page", .boolean, "the whole page, not only what is in view (false)"),
            .optional("clip", .object, "{x, y, width, height}: only this part of the page, in pixels"),
            .optional("format", .choice(["png", "jpeg", "webp"]), "picture format (png)"),
            .optional("quality", .integer(1...100), "of a jpeg or webp (80)"),
            .optional(
                "scale",
                .choice(["css", "device"]),
                "a pixel of the picture is one of the page, or one of its screen (device)"
            ),
            .optional("mask", .selectorList, "elements to cover"),
            .optional("mask_color", .text, "CSS colour of what covers them (a dark grey)"),
            .optional("animations", .choice(["stop", "run"]), "finish or reset them for the picture (stop)"),
            .optional("caret", .choice(["hide", "show"]), "the blinking line in a field (hide)"),
            .optional("style", .text, "CSS that holds while the picture is taken"),
            .optional("omit_background", .boolean, "transparent instead of white; not for jpeg (false)"),
        ],
        excludes: [["selector", "full_page", "clip"]],
        outputs: ["artifact", "bytes", "sha256"]
    )

    static let pdf = ActionSchema(
        "browser",
        .read,
        "Prints the page into a PDF; passwords and what was filled in from a secret are left out.",
        [
            name, .optional("format", .choice(["A3", "A4", "A5", "Letter", "Legal"]), "paper (A4)"),
            .optional("width", .text, "of the paper instead: 21cm, 210mm, 8.27in, 794px"),
            .optional("height", .text, "of the paper instead"), .optional("landscape", .boolean, "on its side (false)"),
            .optional("margin", .any, "a length such as 1cm for all sides, or {top, right, bottom, left} (0.4in)"),
            .optional("background", .boolean, "print backgrounds (true)"),
            .optional("scale", .number, "0.1 to 2 (1)"), .optional("pages", .text, "such as 1-3,5"),
            .optional(
                "header",
                .text,
                "HTML at the top of every page, into the margin; classes date, title, url, pageNumber, totalPages are filled in"
            ), .optional("footer", .text, "HTML at the bottom of every page"),
            .optional("prefer_css_page_size", .boolean, "the page's own @page size wins (false)"),
            .optional("outline", .boolean, "headings become bookmarks (false)"),
            .optional("tagged", .boolean, "structure for screen readers (true)"),
        ],
        outputs: ["artifact", "bytes", "sha256"]
    )
}
