"""Rubrics to start from. Whoever starts from one gets a draft of their own; nothing here is used unread.

Each level says what an answer contains, from the transcript alone, so that two readers would choose the same one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StarterCriterion:
    name: str
    look_for: str
    weight: int
    levels: tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Starter:
    slug: str
    name: str
    about: str
    criteria: tuple[StarterCriterion, ...]


STARTERS = (
    Starter(
        slug="problem-solving",
        name="Problem solving",
        about="For questions about a problem that the applicant met and worked on: “Tell us about a time when …”.",
        criteria=(
            StarterCriterion(
                name="Finding out what is wrong",
                look_for=(
                    "Says what the problem was and for whom, what was checked to find the cause, "
                    "and how the cause was confirmed."
                ),
                weight=2,
                levels=(
                    "Names no particular problem, or names one without saying what was wrong.",
                    "Says what the problem was; names a cause without saying how it was found.",
                    "Says what was checked, in one place or by one means, and names a likely cause.",
                    "Compares several possible causes, and says what ruled the others out.",
                    "Does so, and confirms the cause before acting: by making it happen again, or by a measurement.",
                ),
            ),
            StarterCriterion(
                name="Choosing what to do",
                look_for="Names at least two ways to solve it, what each would cost, and why one was chosen.",
                weight=1,
                levels=(
                    "Does not say what was done.",
                    "Says what was done, and gives no reason for it.",
                    "Gives a reason for what was done, and mentions no other way.",
                    "Names another way, and says why it was not taken.",
                    "Sets the ways side by side with cost, risk or time, and says what would have changed the choice.",
                ),
            ),
            StarterCriterion(
                name="Checking that it worked",
                look_for="Gives the outcome, how it was checked, and what was changed so that it does not come back.",
                weight=1,
                levels=(
                    "Does not say how it ended.",
                    "Says that it worked, without saying how that is known.",
                    "Names a result that others could see, such as a number, a reply or a test.",
                    "Compares before and after, or says what was watched afterwards and for how long.",
                    "Does so, and names a lasting change that keeps the same problem from coming back.",
                ),
            ),
        ),
    ),
    Starter(
        slug="working-with-others",
        name="Working with others",
        about="For questions about working in a team, about a disagreement, or about help given or taken.",
        criteria=(
            StarterCriterion(
                name="Understanding the other side",
                look_for="Says what another person wanted or knew, how that was found out, and states it fairly.",
                weight=1,
                levels=(
                    "Mentions nobody else, or only as being in the way.",
                    "Says that somebody thought otherwise, and not what they thought.",
                    "States what the other person wanted.",
                    "States what they wanted and their reasons, and says what was asked to find out.",
                    "Does so, and names a point on which the other person was right.",
                ),
            ),
            StarterCriterion(
                name="Coming to an agreement",
                look_for="Says what each gave or changed, how it was settled, and whether everybody acted on it.",
                weight=2,
                levels=(
                    "Leaves the matter open, or overrides the other person without a reason.",
                    "Hands it to somebody else to decide, or gives way without a reason.",
                    "Reaches an agreement; how is not said.",
                    "Says what was proposed, and what was changed so that both could accept it.",
                    "Does so, and says how it was kept to afterwards: who did what, and what came of it.",
                ),
            ),
            StarterCriterion(
                name="Own part",
                look_for="Keeps apart what the applicant did and what others did, and says what was learned.",
                weight=1,
                levels=(
                    "The applicant’s own part cannot be told from the answer.",
                    "Speaks of what the team did; names one act of the applicant’s own at most.",
                    "Names what the applicant did, and what at least one other person did.",
                    "Does so, and gives others credit for something that mattered to the outcome.",
                    "Does so, and names something that the applicant has done differently since.",
                ),
            ),
        ),
    ),
    Starter(
        slug="delivering-under-constraints",
        name="Delivering under constraints",
        about="For questions about finishing something with too little time, money, people or information.",
        criteria=(
            StarterCriterion(
                name="Deciding what comes first",
                look_for=(
                    "Names the constraint, what was done first, what was left out or put off, "
                    "and by what rule that was decided."
                ),
                weight=2,
                levels=(
                    "Names no constraint, or says only that there was much to do.",
                    "Names the constraint; everything was tried at once, or the order is not explained.",
                    "Says what was done first, with a reason.",
                    "Says as well what was left out or put off, and what that cost.",
                    "Does so, and says how it was checked that this was the right thing to leave out.",
                ),
            ),
            StarterCriterion(
                name="Telling those concerned",
                look_for=(
                    "Says who was told about a delay, a risk or a smaller scope, when, "
                    "and what they could still choose."
                ),
                weight=1,
                levels=(
                    "Nobody is told, or others find out when it is too late.",
                    "Says that others were told, and not who or what.",
                    "Names who was told what.",
                    "Tells them early enough to act on it, and gives them a choice.",
                    "Does so, and changes the plan by what they answered.",
                ),
            ),
            StarterCriterion(
                name="Result",
                look_for="Gives what was delivered, when, set against what was promised, and what remained to be done.",
                weight=1,
                levels=(
                    "Does not say whether anything was delivered.",
                    "Says that it was finished, without saying what or when.",
                    "Says what was delivered, and when.",
                    "Compares it with what had been promised, misses included.",
                    "Does so, and says what was done about what had been left out.",
                ),
            ),
        ),
    ),
)
