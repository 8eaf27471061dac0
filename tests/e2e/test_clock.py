"""What the clock alone changes: no event says that a deadline has passed, and open pages show it nevertheless."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Running
from tests.e2e.pages import watched
from tests.e2e.people import invited

PASSES = """
from datetime import timedelta
from django.utils import timezone
from interviews.models import Interview
Interview.objects.filter(pk={!r}).update(deadline=timezone.now() - timedelta(minutes=1))
"""
BEAT = "document.dispatchEvent(new Event('visibilitychange'))"


def _days_later(page: Page) -> None:
    """By the page's clock, which is the only one that has been set; the heartbeat comes now, not within 20 s."""
    page.clock.set_fixed_time(timezone.now() + timedelta(days=6))
    page.evaluate(BEAT)


def test_a_deadline_that_passes_shows_on_open_pages(hr_page: Page, demo: Running, chromium: Browser) -> None:
    link = invited(demo, "Tess Late")
    interview = link.split("/")[2]
    hr_page.goto(f"{demo.site.address}/hr-dashboard/invitations/")
    hr_page.locator("main a[href*='/invitations/']").first.click()
    row = hr_page.locator(f"#invitation-{interview}")
    for page in watched(chromium):
        page.goto(f"{demo.site.address}{link}")
        for it in (page, hr_page):
            expect(it.locator(".live")).to_have_attribute("data-state", "live")
            it.evaluate(BEAT)  # it is in time still: this asks for nothing but news
        expect(page.locator("#terms")).to_contain_text("You can answer and submit until")
        expect(row).to_be_visible()
        expect(row).not_to_contain_text("over")

        demo.site.manage("shell", "-v0", "-c", PASSES.format(interview))
        _days_later(hr_page)
        expect(row).to_contain_text("over")
        _days_later(page)
        expect(page.get_by_role("heading", name="This invitation has expired")).to_be_visible()
