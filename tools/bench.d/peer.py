"""Playwright's side of a figure; runs in its own virtual environment and prints what cpa-bench prints for ours."""
import argparse
import asyncio
import json
import os
import pathlib
import time

EXECUTABLE = "/usr/lib/chromium/chromium-headless-shell"
MANY_NODES = (
    "data:text/html,<body><script>for (let i = 0; i < 1500; i += 1) document.write("
    "'<div class=row><span>Item ' + i + '</span><button>Open ' + i + '</button></div>')</script>"
)
# Playwright cannot keep the sandbox as root, so there it runs without; ours always runs with it.
LAUNCH = {"executable_path": EXECUTABLE, "chromium_sandbox": os.getuid() != 0}
CONTEXT = {"viewport": {"width": 1280, "height": 720}}


def times(iterations, body, warm_up=5):
    measured = []
    for _ in range(iterations + warm_up):
        start = time.perf_counter()
        body()
        measured.append((time.perf_counter() - start) * 1000)
    return measured[warm_up:]


def action(figure, page, url):
    page.goto(MANY_NODES if figure == "role" else url)
    if figure == "click":
        return lambda: page.click("h1")
    if figure == "fill":
        return lambda: page.fill("#name", "Anna Muster")
    if figure == "read":
        return lambda: page.inner_text("label[for=name]")
    if figure == "role":
        button = page.get_by_role("button", name="Open 1444")

        def count():
            assert button.count() == 1

        return count

    def goto_and_click():
        page.goto(url)
        page.click("h1")

    return goto_and_click


def scenario(page, url, shot):
    page.goto(url)
    page.fill("#name", "Anna Muster")
    page.fill("#email", "anna@kunde.de")
    page.click("#submit")
    page.wait_for_selector("#result", state="visible")
    for number in range(1, 6):
        page.click(f"#count-{number}")
    page.screenshot(path=shot)


def form(browser, arguments):
    def job():
        context = browser.new_context(**CONTEXT)
        scenario(context.new_page(), arguments.url, arguments.shot)
        context.close()

    return {"ms": times(arguments.iterations, job, warm_up=1)}


def contexts(browser, arguments):
    def one():
        context = browser.new_context(**CONTEXT)
        context.new_page()
        context.close()

    for _ in range(3):
        one()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < arguments.seconds:
        one()
        count += 1
    return {"per_second": count / (time.perf_counter() - start)}


def driver_processor_seconds():
    """User and system time of the driver, the node process that speaks to Chromium; Python and Chromium are not counted."""
    ticks = os.sysconf("SC_CLK_TCK")
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name in parentheses may hold spaces.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and b"run-driver" in command:
            return (int(fields[11]) + int(fields[12])) / ticks, int(entry.name)
    raise SystemExit("peer: Playwright's driver process is not to be found")


def three_actions(page):
    page.click("h1")
    page.fill("#name", "Anna Muster")
    page.inner_text("label[for=name]")


def cpu(browser, arguments):
    page = browser.new_context(**CONTEXT).new_page()
    page.goto(arguments.url)
    for _ in range(20):
        three_actions(page)
    before, _ = driver_processor_seconds()
    for _ in range(arguments.iterations):
        three_actions(page)
    return {"cpu_ms": (driver_processor_seconds()[0] - before) * 1000 / (arguments.iterations * 3)}


def memory(browser, arguments):
    def resident():
        pages = pathlib.Path(f"/proc/{driver_processor_seconds()[1]}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGESIZE") / 1048576

    settled, start = arguments.iterations // 4, 0
    for number in range(arguments.iterations):
        if number == settled:
            start = resident()
        context = browser.new_context(**CONTEXT)
        page = context.new_page()
        page.goto(arguments.url)
        for _ in range(3):
            three_actions(page)
        context.close()
    end = resident()
    return {"rss_mb": end, "growth_mb": (end - start) * 1000 / max(1, arguments.iterations - settled)}


async def parallel(arguments):
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**LAUNCH)
        left = arguments.iterations

        async def job(number):
            context = await browser.new_context(**CONTEXT)
            page = await context.new_page()
            page.set_default_timeout(60_000)
            await page.goto(arguments.url)
            await page.fill("#name", "Anna Muster")
            await page.fill("#email", "anna@kunde.de")
            await page.click("#submit")
            await page.wait_for_selector("#result", state="visible")
            for button in range(1, 6):
                await page.click(f"#count-{button}")
            await page.screenshot(path=f"{arguments.shot}-{number}.png")
            await context.close()

        async def lane(number):
            nonlocal left
            while left > 0:
                left -= 1
                await job(number)

        await job(0)
        start = time.perf_counter()
        await asyncio.gather(*(lane(number) for number in range(arguments.parallel)))
        rate = arguments.iterations / (time.perf_counter() - start)
        await browser.close()
        return {"per_second": rate}


async def lease(arguments):
    """A context and a page, asked for at a rate whether the one before is over or not."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**LAUNCH)

        async def one():
            asked = time.perf_counter()
            context = await browser.new_context(**CONTEXT)
            await context.new_page()
            took = (time.perf_counter() - asked) * 1000
            await context.close()
            return took

        for _ in range(3):
            await one()
        running = []
        for _ in range(int(arguments.seconds * arguments.rate)):
            running.append(asyncio.create_task(one()))
            await asyncio.sleep(1 / arguments.rate)
        measured = await asyncio.gather(*running)
        await browser.close()
        return {"ms": measured}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("figure")
    parser.add_argument("--url", required=True)
    parser.add_argument("--shot", required=True)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, default=5)
    parser.add_argument("--parallel", type=int, default=20)
    arguments = parser.parse_args()
    if arguments.figure in ("parallel", "lease"):
        print(json.dumps(asyncio.run({"parallel": parallel, "lease": lease}[arguments.figure](arguments))))
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        whole = {"form": form, "contexts": contexts, "cpu": cpu, "memory": memory}.get(arguments.figure)
        if whole:
            result = whole(browser, arguments)
        else:
            page = browser.new_context(**CONTEXT).new_page()
            result = {"ms": times(arguments.iterations, action(arguments.figure, page, arguments.url))}
        browser.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
