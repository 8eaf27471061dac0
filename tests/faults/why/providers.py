"""What holds up an interview at Deepgram or Gemini: keys, money, refusals, outages and nonsense."""

from __future__ import annotations

from decimal import Decimal

from interviews.actions import operating
from interviews.models import Charge, Job, Position
from tests.fakes.wire import Behaviour
from tests.faults.why.site import Deed, Fault, Site, scored, status, well_again


def _paused_provider(site: Site) -> None:
    operating.pause_kind(Job.Kind.ASSESS, "gemini", site.operator)
    site.submit()
    site.run(rounds=3)
    assert not site.gemini.requests


def answers_with(name: str, behaviour: Behaviour, rounds: int = 1) -> Deed:
    def seed(site: Site) -> None:
        fake = site.deepgram if name == "deepgram" else site.gemini
        fake.default = behaviour
        site.submit()
        if name == "gemini":
            site.run(Job.Kind.TRANSCRIBE)
        site.run(rounds=rounds)

    return seed


def _out_of_budget(of: str) -> Deed:
    def seed(site: Site) -> None:
        site.settings.DEEPGRAM_PRICE_MINUTE = site.settings.GEMINI_PRICE_INPUT = Decimal(1)
        site.settings.GEMINI_PRICE_OUTPUT = Decimal(1)
        if of == "site":
            site.settings.AI_BUDGET = Decimal(1)
        else:
            Position.objects.filter(pk=site.world.position.pk).update(ai_budget=Decimal(1))
        Charge.objects.create(position=site.world.position, engine="gemini", model="m", cost=Decimal(2))
        site.submit()
        site.run()

    return seed


def _budget_raised(site: Site) -> None:
    site.settings.AI_BUDGET = None
    Position.objects.filter(pk=site.world.position.pk).update(ai_budget=None)


def _out(site: Site) -> None:
    answers_with("gemini", status(503), rounds=6)(site)


FAULTS: dict[str, Fault] = {
    "a provider is paused": Fault("paused-provider", "All work of Gemini was paused", _paused_provider, scored),
    "a provider is out": Fault("outage", "Gemini does not answer", _out, scored, well_again),
    "the site's budget is spent": Fault(
        "budget-site", "Raise AI_BUDGET", _out_of_budget("site"), scored, _budget_raised, pressed=False
    ),
    "the position's budget is spent": Fault(
        "budget-position", "budget of the position", _out_of_budget("position"), scored, _budget_raised, pressed=False
    ),
    "Deepgram refuses the key": Fault(
        "key", "Set DEEPGRAM_API_KEY", answers_with("deepgram", status(401), 3), scored, well_again
    ),
    "Gemini refuses the key": Fault(
        "key", "Set GEMINI_API_KEY", answers_with("gemini", status(403)), scored, well_again
    ),
    "the account has no credit": Fault(
        "credit", "Top it up at Gemini", answers_with("gemini", status(402)), scored, well_again
    ),
    "the model is unknown": Fault(
        "model", "Correct GEMINI_MODEL", answers_with("gemini", status(404)), scored, well_again
    ),
    "the request is refused": Fault(
        "refused", "refuses what it is asked", answers_with("gemini", status(422)), scored, well_again
    ),
    "the provider is busy": Fault(
        "busy", "asked us to slow down", answers_with("gemini", status(429)), scored, well_again
    ),
    "the provider fails": Fault(
        "away", "could not be reached", answers_with("gemini", status(503)), scored, well_again
    ),
    "the provider answers with nonsense": Fault(
        "output", "cannot be used", answers_with("gemini", Behaviour("html")), scored, well_again
    ),
    "it was given up after eight attempts": Fault(
        "output", "as often as it may be tried", answers_with("gemini", Behaviour("html"), 9), scored, well_again
    ),
    "the provider declines": Fault(
        "declined", "its filter objects", answers_with("gemini", Behaviour("blocked")), scored, well_again
    ),
    "the reply fails the canary": Fault(
        "canary", "failed our test", answers_with("gemini", Behaviour("canary")), scored, well_again
    ),
}
