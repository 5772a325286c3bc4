"""What speakers move, scenario by scenario and way by way."""

from collections.abc import Mapping

from deciban.model.explain.explanation import Effect, Weight
from deciban.model.explain.moves import Moved
from deciban.model.explain.weights import Bearings, WeighedDraws, mean_weights
from deciban.model.likelihood.design import Design

__all__ = ["claim_weights", "effects"]


def claim_weights(
    draws: WeighedDraws, bearings: Bearings
) -> dict[tuple[str, str, str], Weight]:
    """Weight of each claim by itself, by report, and kind and id of the target."""
    return dict(zip(bearings.alone, mean_weights(draws.alone), strict=True))


def effects(
    moved: Mapping[str, Moved],
    laid_out: Design,
    speakers: Mapping[str, str],
    alone: Mapping[tuple[str, str, str], Weight],
) -> dict[str, list[Effect]]:
    """Sum up what each speaker moves.

    Parameters
    ----------
    moved : mapping of Moved
        By scenario.
    laid_out : Design
        Its order is that of the effects.
    speakers : mapping of str
        Whose each claim is, by its report: its own, or a source's.
    alone : mapping of Weight
        Weight of the speaker's claim by itself.
    """
    argument = {None: -1} | {name: i for i, name in enumerate(laid_out.arguments)}
    sums: dict[str, dict[tuple[str, str | None], float]] = {}
    for scenario in laid_out.scenarios:
        own = sorted(moved[scenario].own.items(), key=lambda way: argument[way[0][1]])
        for (report, through), size in own:
            of_speaker = sums.setdefault(speakers[report], {})
            key = scenario, through
            of_speaker[key] = of_speaker.get(key, 0.0) + size

    def effect(who: str, scenario: str, through: str | None, size: float) -> Effect:
        target = ("argument", through) if through else ("scenario", scenario)
        weight = alone.get((who, *target))
        return Effect(scenario, through, round(size, 4) + 0.0, weight)

    return {
        who: [effect(who, *key, size) for key, size in of_speaker.items()]
        for who, of_speaker in sums.items()
    }
