"""Numbers as people read them: probabilities, intervals, weights, counts and checks.

Probabilities are those of ``model.posterior.percentages``. The texts are plain ASCII,
so that no terminal, log or spreadsheet garbles them; ``unbroken`` is for pages, which
break lines.
"""

import re

from deciban.model.posterior.percentages import interval, percent
from deciban.model.posterior.summary import Checks

__all__ = ["checks_line", "counted", "decibans", "interval", "percent", "unbroken"]

# Neither in a tag nor in what a form holds.
_BEFORE_PERCENT = re.compile(r"(?<=\d) %(?![^<>]*>|[^<]*</textarea)")


def unbroken(page: str) -> str:
    r"""Keep numbers and their % signs on one line, wherever a page's text has them.

    Examples
    --------
    >>> unbroken('<p title="39 %">39 %</p>')
    '<p title="39 %">39\xa0%</p>'
    """
    return _BEFORE_PERCENT.sub("\N{NO-BREAK SPACE}%", page)


def decibans(weight: float | None) -> str:
    """Write a weight of evidence with its sign; a dash where there is none.

    Examples
    --------
    >>> decibans(17.29), decibans(-0.04), decibans(None)
    ('+17.3', '0.0', '-')
    """
    if weight is None:
        return "-"
    text = f"{weight:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def counted(number: int, noun: str) -> str:
    """Write how many there are of something.

    Examples
    --------
    >>> counted(1, "source"), counted(1500, "report")
    ('1 source', '1,500 reports')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def checks_line(checks: Checks) -> str:
    """Say on one line whether a fit passed its checks, with the figures."""
    if checks.r_hat_max is None:
        figures = "every scenario is settled"
    else:
        figures = (
            f"R-hat {checks.r_hat_max:.3f}, ESS bulk {checks.ess_bulk_min:,.0f}, "
            f"tail {checks.ess_tail_min:,.0f}"
        )
    divergences = counted(checks.divergences, "divergence")
    return f"{'passed' if checks.ok else 'FAILED'} ({figures}, {divergences})"
