r"""The likelihood and its slope written out as loops, for numba to compile.

PyTensor turns the formula of ``model.likelihood.formula`` into some 200 operations on
vectors of a dozen or a hundred numbers: compiling them takes 20 seconds and more, and
half of each call is spent between them. Written as loops, with the chain rule applied
by hand, it takes 6 seconds, and half of a call. So the sampler evaluates this; the
tests hold it to the formula, and its slope to the oracle's.

The names are those of ``model.likelihood.formula``; ``d_x`` is the derivative of the
log-likelihood by ``x``.
"""

# Numba compiles for the types it is given, whatever the annotations say.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

import math
from collections.abc import Callable, Iterator

import numpy as np
from numba import njit

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood import arrays as kinds
from deciban.model.likelihood.arrays import FLAT_NAMES, SCALAR_NAMES, Arrays
from deciban.model.likelihood.layout import DIGITS, WORDS

__all__ = ["evaluate", "sum_out"]

_LOG_2 = math.log(2)
_N_DIGITS, _N_WORDS = len(DIGITS), len(WORDS)


def _unpacker() -> Callable[..., Arrays]:
    """Write the function that undoes ``Arrays.packed``: numba needs it spelled out."""

    def cuts() -> Iterator[str]:
        for i, (name, is_integer) in enumerate(FLAT_NAMES.items()):
            whole, at = ("integers", "i") if is_integer else ("floats", "f")
            yield f"end = {at} + integers[{i}]"
            cut = f"{whole}[{at}]" if name in SCALAR_NAMES else f"{whole}[{at}:end]"
            yield f"{name} = {cut}"
            yield f"{at} = end"

    names = {name: name for name in FLAT_NAMES}
    gathered = []
    for member, value in zip(Arrays._fields, Arrays.from_flat(names), strict=True):
        kind = type(value).__name__
        gathered.append(member if kind == "str" else f"{kind}({', '.join(value)})")
    lines = [f"i, f = {len(FLAT_NAMES)}, 0", *cuts()]
    lines.append(f"return Arrays({', '.join(gathered)})")
    code = "def unpack(integers, floats):\n    " + "\n    ".join(lines)
    scope = dict(vars(kinds))
    exec(code, scope)
    unpack: Callable[..., Arrays] = scope["unpack"]
    return unpack


_unpack = njit(_unpacker())


@njit
def _sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


@njit
def _softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@njit
def evaluate(z, integers, floats):
    """Log-likelihood of a casebook at one z, and its derivative by z.

    The casebook is as ``Arrays.packed`` gives it.
    """
    arrays = _unpack(integers, floats)
    size, claim, relay, target = arrays.size, arrays.claim, arrays.relay, arrays.target
    bearing, reasoned = arrays.bearing, arrays.argument_bearing
    clock, joint = arrays.clock, arrays.joint

    x = arrays.location + arrays.scale * z
    d_x = np.zeros(len(x))
    at_word = _N_DIGITS
    at_calibration = at_word + _N_WORDS
    at_prior = at_calibration + 1
    at_source = at_prior + size.scenarios
    at_link = at_source + size.sources

    # Claims: genuine, and said.
    n_claims = len(claim.source)
    heard_through = np.zeros(n_claims)
    for i in range(len(relay.claim)):
        reliability = x[at_source + relay.source[i]]
        heard_through[relay.claim[i]] += _softplus(reliability + _LOG_2) / 2
    pooled, of_claim = np.empty(n_claims), np.empty(n_claims)
    for i in range(n_claims):
        heard_through[i] = math.tanh(heard_through[i])
        share = claim.share[i]
        pooled[i] = (1 - share) * x[at_source + claim.source[i]]
        pooled[i] += share * x[claim.credibility[i]]
        said = claim.heard[i] + (1 - claim.heard[i]) * heard_through[i]
        of_claim[i] = _sigmoid(pooled[i]) * said * claim.freshness[i]

    # Words, and what bears on what.
    decibans, of_word = np.empty(_N_WORDS), np.empty(_N_WORDS)
    for w in range(_N_WORDS):
        decibans[w] = math.exp(x[at_calibration] + x[at_word + w])
        of_word[w] = math.tanh(decibans[w] / (2 * DECIBANS_PER_NAT))
    n_direct = len(target.scenario) - len(reasoned.giver)
    yes, no = np.zeros(size.scenarios), np.zeros(size.scenarios)
    for_it, against = np.zeros(size.arguments), np.zeros(size.arguments)
    tilt = np.empty(len(bearing.giver))
    for i in range(len(tilt)):
        angle = bearing.sign[i] * of_word[bearing.word[i]] + bearing.tilt[i]
        tilt[i] = of_claim[bearing.giver[i]] * angle
        if i < n_direct:
            yes[target.scenario[i]] += math.log1p(tilt[i])
            no[target.scenario[i]] += math.log1p(-tilt[i])
        else:
            for_it[target.argument[i - n_direct]] += math.log1p(tilt[i])
            against[target.argument[i - n_direct]] += math.log1p(-tilt[i])

    # Arguments: their own reports, once, and what they say of scenarios.
    log_likelihood = -_LOG_2 * (len(bearing.giver) + len(reasoned.giver))
    established = np.empty(size.arguments)
    for a in range(size.arguments):
        log_odds = for_it[a] - against[a]
        log_likelihood += against[a] + _softplus(log_odds)
        established[a] = math.tanh(log_odds / 2)
    reasoned_angle = np.empty(len(reasoned.giver))
    for i in range(len(reasoned_angle)):
        angle = reasoned.sign[i] * of_word[reasoned.word[i]] + reasoned.tilt[i]
        reasoned_angle[i] = angle
        t, s = established[reasoned.giver[i]] * angle, target.scenario[n_direct + i]
        yes[s] += math.log1p(t)
        no[s] += math.log1p(-t)

    # Cells.
    scenario = joint.cell_scenario
    n_cells = len(scenario)
    log_odds = np.empty(n_cells)
    for c in range(n_cells):
        log_odds[c] = x[at_prior + scenario[c]]
    for i in range(len(joint.parent_cell)):
        log_odds[joint.parent_cell[i]] += x[at_link + joint.parent_link[i]]
    hazard, of_cell = np.empty(n_cells), np.empty(2 * n_cells)
    for c in range(n_cells):
        s = scenario[c]
        hazard[c] = clock.remaining[s] * _softplus(log_odds[c])
        of_cell[c] = no[s] + clock.log_allowed_no[s] - hazard[c]
        of_cell[n_cells + c] = yes[s] + clock.log_allowed_yes[s]
        of_cell[n_cells + c] += math.log(-math.expm1(-hazard[c]))

    log_evidence, d_cell = sum_out(
        of_cell,
        joint.branch_stem,
        joint.branch_cell,
        joint.configuration_branch,
        joint.configuration_set,
        joint.n_sets,
    )
    log_likelihood += log_evidence

    # And back.
    d_yes, d_no = np.zeros(size.scenarios), np.zeros(size.scenarios)
    d_log_odds = np.zeros(n_cells)
    for c in range(n_cells):
        s, d_hazard = scenario[c], -d_cell[c]
        d_no[s] += d_cell[c]
        if d_cell[n_cells + c] > 0:  # else the hazard may be 0
            d_yes[s] += d_cell[n_cells + c]
            d_hazard += d_cell[n_cells + c] / math.expm1(hazard[c])
        d_log_odds[c] = d_hazard * clock.remaining[s] * _sigmoid(log_odds[c])
        d_x[at_prior + s] += d_log_odds[c]
    for i in range(len(joint.parent_cell)):
        d_x[at_link + joint.parent_link[i]] += d_log_odds[joint.parent_cell[i]]

    d_word, d_established = np.zeros(_N_WORDS), np.zeros(size.arguments)
    for i in range(len(reasoned_angle)):
        a, s = reasoned.giver[i], target.scenario[n_direct + i]
        t = established[a] * reasoned_angle[i]
        d_tilt = d_yes[s] / (1 + t) - d_no[s] / (1 - t)
        d_established[a] += d_tilt * reasoned_angle[i]
        d_word[reasoned.word[i]] += d_tilt * established[a] * reasoned.sign[i]
    d_for, d_against = np.empty(size.arguments), np.empty(size.arguments)
    for a in range(size.arguments):
        d_for[a] = _sigmoid(for_it[a] - against[a])
        d_for[a] += d_established[a] * (1 - established[a] ** 2) / 2
        d_against[a] = 1 - d_for[a]

    d_claim = np.zeros(n_claims)
    for i in range(len(tilt)):
        if i < n_direct:
            s = target.scenario[i]
            by_yes, by_no = d_yes[s], d_no[s]
        else:
            a = target.argument[i - n_direct]
            by_yes, by_no = d_for[a], d_against[a]
        d_tilt = by_yes / (1 + tilt[i]) - by_no / (1 - tilt[i])
        g, w, sign = bearing.giver[i], bearing.word[i], bearing.sign[i]
        d_claim[g] += d_tilt * (sign * of_word[w] + bearing.tilt[i])
        d_word[w] += d_tilt * of_claim[g] * sign
    for w in range(_N_WORDS):
        by_log = d_word[w] * (1 - of_word[w] ** 2) * decibans[w]
        d_x[at_word + w] += by_log / (2 * DECIBANS_PER_NAT)
        d_x[at_calibration] += by_log / (2 * DECIBANS_PER_NAT)

    d_heard = np.empty(n_claims)
    for i in range(n_claims):
        genuine, share = _sigmoid(pooled[i]), claim.share[i]
        by_product = d_claim[i] * claim.freshness[i]
        said = claim.heard[i] + (1 - claim.heard[i]) * heard_through[i]
        d_pooled = by_product * said * genuine * _sigmoid(-pooled[i])
        d_x[at_source + claim.source[i]] += (1 - share) * d_pooled
        d_x[claim.credibility[i]] += share * d_pooled
        d_heard[i] = by_product * genuine * (1 - claim.heard[i])
        d_heard[i] *= 1 - heard_through[i] ** 2
    for i in range(len(relay.claim)):
        k = at_source + relay.source[i]
        d_x[k] += d_heard[relay.claim[i]] * _sigmoid(x[k] + _LOG_2) / 2
    return log_likelihood, d_x * arrays.scale


@njit
def sum_out(of_cell, stem, cell, leaf, of_set, n_sets):
    """Sum joint outcomes out: the values of ``model.likelihood.arithmetic.Outcomes``.

    The tables are those of ``Joint`` for branches and configurations.
    """
    # Stems come before what grows from them; the trunk is last, and stays at 0.
    share = np.zeros(len(stem) + 1)
    for i in range(len(stem)):
        share[i] = share[stem[i]] + of_cell[cell[i]]
    best = np.full(n_sets, -np.inf)
    for i in range(len(leaf)):
        best[of_set[i]] = max(best[of_set[i]], share[leaf[i]])
    total = np.zeros(n_sets)
    for i in range(len(leaf)):
        k = of_set[i]
        possible = best[k] > -np.inf
        share[leaf[i]] = math.exp(share[leaf[i]] - best[k]) if possible else 0.0
        total[k] += share[leaf[i]]
    log_evidence = 0.0
    for k in range(n_sets):
        log_evidence += best[k] + math.log(total[k]) if total[k] > 0 else -np.inf
    for i in range(len(leaf)):
        share[leaf[i]] /= max(total[of_set[i]], 1.0)  # the best alone has 1
    posterior = np.zeros(len(of_cell))
    for i in range(len(stem) - 2, -1, -2):
        # The two branches of a stem follow one another.
        share[stem[i]] = share[i] + share[i + 1]
        posterior[cell[i]] += share[i]
        posterior[cell[i + 1]] += share[i + 1]
    return log_evidence, posterior
