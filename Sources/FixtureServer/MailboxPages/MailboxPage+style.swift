import HTTPServer

extension MailboxPage {
    static let styleSheet = HTTPResponse(
        status: 200,
        headers: ["Content-Type": "text/css; charset=utf-8"],
        body: .bytes(Array(css.utf8))
    )

    private static let css = """
        body { margin: 0; font: 15px/1.45 "Liberation Sans", system-ui, sans-serif; color: #1d2733; background: #f3f5f8; }
        a { color: #0b5cad; text-decoration: none; }
        a:hover { text-decoration: underline; }
        header { background: #14324f; color: #b9cbdd; padding: 12px 24px; display: flex; gap: 24px; align-items: baseline; }
        header a { color: #fff; font-weight: bold; font-size: 17px; }
        .frame { display: flex; align-items: flex-start; gap: 24px; padding: 24px; max-width: 1280px; margin: 0 auto; }
        nav { flex: 0 0 250px; }
        nav h1 { font-size: 15px; margin: 0 0 12px; overflow-wrap: anywhere; }
        ul { list-style: none; margin: 0; padding: 0; }
        nav li, .card li { display: flex; justify-content: space-between; padding: 3px 0; }
        nav .here { font-weight: bold; color: #14324f; }
        .count { color: #66788a; font-variant-numeric: tabular-nums; }
        main { flex: 1; min-width: 0; }
        .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 24px; }
        .card, article, table, .empty { background: #fff; border: 1px solid #d9e0e7; border-radius: 6px; padding: 18px 22px; }
        .card h2, article h2 { margin: 0 0 12px; font-size: 18px; overflow-wrap: anywhere; }
        table { width: 100%; border-collapse: collapse; border-spacing: 0; padding: 0; table-layout: fixed; }
        td { padding: 9px 12px; border-bottom: 1px solid #e7ecf1; vertical-align: top; overflow-wrap: anywhere; }
        td:nth-child(1) { width: 11px; }
        td:nth-child(2) { width: 20%; }
        td:nth-child(4) { width: 60px; }
        td:nth-child(5) { width: 178px; }
        tr:last-child td { border-bottom: 0; }
        tr.new { font-weight: bold; }
        .preview { color: #66788a; font-weight: normal; display: block; white-space: nowrap; overflow: hidden;
            text-overflow: ellipsis; }
        .unread { color: #0b5cad; }
        .time { color: #66788a; font-weight: normal; }
        .draft { background: #fff1c9; color: #6a5200; border-radius: 4px; padding: 2px 8px; font-size: 13px; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0 0 16px; }
        dt { color: #66788a; }
        dd { margin: 0; overflow-wrap: anywhere; }
        .files { border: 1px solid #e7ecf1; border-radius: 6px; padding: 8px 14px; margin: 0 0 16px; overflow-wrap: anywhere; }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: 0; border-top: 1px solid #e7ecf1; padding-top: 16px; }
        iframe { width: 100%; height: 480px; border: 1px solid #e7ecf1; border-radius: 6px; background: #fff; }
        @media (max-width: 1000px) {
            .frame { flex-direction: column; align-items: stretch; }
            nav { flex: none; }
            td:nth-child(5) { width: 92px; }
        }
        """
}
