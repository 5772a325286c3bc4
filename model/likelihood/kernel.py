r"""The log-density and its gradient as loops, compiled once on a machine.

The formula of ``model.likelihood.formula`` and the density of
``model.likelihood.pymc_model``, with the chain rule applied by hand: one C function of
:math:`z` and of one vector, the packed casebook, so that what is compiled serves every
casebook. The tests hold it to the formula, and its gradient to the oracle's.

Numba keeps the machine code in ``__pycache__`` beside this file or, where that cannot
be written to, in the user's cache folder; ``NUMBA_CACHE_DIR`` names another. It goes by
the content of this file and by what ``_made`` holds: so all that is compiled stands
here, and what it takes from other modules stands in ``_TAKEN``.

The names are those of ``model.likelihood.formula``; ``d_x`` is the derivative of the
log-likelihood by ``x``.
"""

# Numba compiles for the types it is given, whatever the annotations say.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import carray, cfunc, njit, types  # type: ignore[attr-defined]
from numba.core import event

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood.arrays import INDICES_AT, NUMBERS_AT, PACKING
from deciban.model.likelihood.layout import N_DIGITS, N_WORDS

__all__ = ["DIVERGED", "FOREIGN", "Kernel", "compiled", "sum_out"]

_TAKEN = (PACKING, N_DIGITS, N_WORDS, DECIBANS_PER_NAT)

_LOG_2 = math.log(2)
_HALF_LOG_2_PI = math.log(2 * math.pi) / 2

DIVERGED = 1
"""Returned where the log-density or its gradient is not finite: go elsewhere."""

FOREIGN = -1
"""Returned where the vector was packed for another kernel, or for another z."""

# Not finite is an answer here, and no error.
_njit = njit(error_model="numpy")


class Kernel(NamedTuple):
    """The compiled functions; each has an ``address`` and a ``ctypes`` callable.

    Attributes
    ----------
    log_density
        ``int64(uint64 n, double *z, double *gradient, double *value, void *packed)``:
        writes the gradient, shape (n,), and the log-density, shape (), of z, shape
        (n,); returns 0, ``DIVERGED`` or ``FOREIGN``.
    copy
        ``int64(uint64 n, uint64 m, double *z, double *out, void *packed)``: writes z to
        ``out``, for a sampler that asks what to keep of each draw.
    """

    log_density: Any
    copy: Any


_DOUBLES = types.CPointer(types.float64)
_LOG_DENSITY = types.int64(types.uint64, _DOUBLES, _DOUBLES, _DOUBLES, types.voidptr)
_COPY = types.int64(types.uint64, types.uint64, _DOUBLES, _DOUBLES, types.voidptr)


_compiled: list[Kernel] = []


def compiled(on_compiling: Callable[[], object] = lambda: None) -> Kernel:
    """Load the compiled functions, or compile them: half a minute, once on a machine.

    Where no folder can be written to they are compiled in every process.

    Parameters
    ----------
    on_compiling : callable
        Called when they have to be compiled.
    """
    if not _compiled:
        with event.install_listener("numba:compile", _Starting(on_compiling)):
            try:
                kernel = _made(_TAKEN, cache=True)
            except (OSError, RuntimeError):  # the latter where numba finds no folder
                kernel = _made(_TAKEN, cache=False)
        _compiled.append(kernel)
    return _compiled[0]


class _Starting(event.Listener):
    """Calls back when the first function starts to be compiled."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call

    def on_start(self, event: Any) -> None:
        if self._call is not None:
            self._call()
        self._call = None

    def on_end(self, event: Any) -> None:
        pass


def _made(taken: tuple[Any, ...], *, cache: bool) -> Kernel:
    """Make the functions; numba's cache knows them by ``taken``, for they use it."""

    @cfunc(_LOG_DENSITY, cache=cache, error_model="numpy")
    def log_density(n, z, gradient, value, packed):
        head = carray(packed, (2,), np.int64)
        if head[0] != taken[0]:
            return FOREIGN
        integers = carray(packed, (head[1],), np.int64)
        floats = carray(packed, (head[1],), np.float64)
        z = carray(z, (n,))
        gradient = carray(gradient, (n,))
        value = carray(value, (1,))
        if len(_numbers(floats, integers, NUMBERS_AT.location)) != n:
            return FOREIGN
        log_likelihood, slope = evaluate(z, integers, floats)
        total = 0.0
        for i in range(n):
            total -= z[i] * z[i] / 2 + _HALF_LOG_2_PI
            gradient[i] = slope[i] - z[i]
        value[0] = total + log_likelihood
        if not (math.isfinite(value[0]) and np.all(np.isfinite(gradient))):
            return DIVERGED
        return 0

    @cfunc(_COPY, cache=cache)
    def copy(n, m, z, out, packed):
        if n != m:
            return FOREIGN
        carray(out, (n,))[:] = carray(z, (n,))
        return 0

    return Kernel(log_density, copy)


@_njit
def _indices(integers, at):
    """The array of indices that begins where the word ``at`` of the header says."""
    return integers[integers[at] : integers[at + 1]]


@_njit
def _numbers(floats, integers, at):
    """The same for an array of floats."""
    return floats[integers[at] : integers[at + 1]]


@_njit
def _sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


@_njit
def _softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@_njit
def evaluate(z, integers, floats):
    """Log-likelihood of a casebook at one z, and its derivative by z.

    Parameters
    ----------
    z : ndarray of float64, shape (unknown,)
        Standard normals.
    integers, floats : ndarray
        The casebook as ``Arrays.packed`` gives it, seen as int64 and as float64.
    """
    n_scenarios = _indices(integers, INDICES_AT.size.scenarios)[0]
    n_sources = _indices(integers, INDICES_AT.size.sources)[0]
    n_arguments = _indices(integers, INDICES_AT.size.arguments)[0]
    location = _numbers(floats, integers, NUMBERS_AT.location)
    scale = _numbers(floats, integers, NUMBERS_AT.scale)
    claim_source = _indices(integers, INDICES_AT.claim.source)
    claim_credibility = _indices(integers, INDICES_AT.claim.credibility)
    claim_share = _numbers(floats, integers, NUMBERS_AT.claim.share)
    claim_heard = _numbers(floats, integers, NUMBERS_AT.claim.heard)
    claim_freshness = _numbers(floats, integers, NUMBERS_AT.claim.freshness)
    relay_claim = _indices(integers, INDICES_AT.relay.claim)
    relay_source = _indices(integers, INDICES_AT.relay.source)
    bearing_giver = _indices(integers, INDICES_AT.bearing.giver)
    bearing_word = _indices(integers, INDICES_AT.bearing.word)
    bearing_sign = _numbers(floats, integers, NUMBERS_AT.bearing.sign)
    bearing_tilt = _numbers(floats, integers, NUMBERS_AT.bearing.tilt)
    reasoned_giver = _indices(integers, INDICES_AT.argument_bearing.giver)
    reasoned_word = _indices(integers, INDICES_AT.argument_bearing.word)
    reasoned_sign = _numbers(floats, integers, NUMBERS_AT.argument_bearing.sign)
    reasoned_tilt = _numbers(floats, integers, NUMBERS_AT.argument_bearing.tilt)
    target_scenario = _indices(integers, INDICES_AT.target.scenario)
    target_argument = _indices(integers, INDICES_AT.target.argument)
    remaining = _numbers(floats, integers, NUMBERS_AT.clock.remaining)
    log_allowed_no = _numbers(floats, integers, NUMBERS_AT.clock.log_allowed_no)
    log_allowed_yes = _numbers(floats, integers, NUMBERS_AT.clock.log_allowed_yes)
    scenario = _indices(integers, INDICES_AT.joint.cell_scenario)
    parent_cell = _indices(integers, INDICES_AT.joint.parent_cell)
    parent_link = _indices(integers, INDICES_AT.joint.parent_link)

    x = location + scale * z
    d_x = np.zeros(len(x))
    at_word = N_DIGITS
    at_calibration = at_word + N_WORDS
    at_prior = at_calibration + 1
    at_source = at_prior + n_scenarios
    at_link = at_source + n_sources

    # Claims: genuine, and said.
    n_claims = len(claim_source)
    heard_through = np.zeros(n_claims)
    for i in range(len(relay_claim)):
        reliability = x[at_source + relay_source[i]]
        heard_through[relay_claim[i]] += _softplus(reliability + _LOG_2) / 2
    pooled, of_claim = np.empty(n_claims), np.empty(n_claims)
    for i in range(n_claims):
        heard_through[i] = math.tanh(heard_through[i])
        share = claim_share[i]
        pooled[i] = (1 - share) * x[at_source + claim_source[i]]
        pooled[i] += share * x[claim_credibility[i]]
        said = claim_heard[i] + (1 - claim_heard[i]) * heard_through[i]
        of_claim[i] = _sigmoid(pooled[i]) * said * claim_freshness[i]

    # Words, and what bears on what.
    decibans, of_word = np.empty(N_WORDS), np.empty(N_WORDS)
    for w in range(N_WORDS):
        decibans[w] = math.exp(x[at_calibration] + x[at_word + w])
        of_word[w] = math.tanh(decibans[w] / (2 * DECIBANS_PER_NAT))
    n_direct = len(target_scenario) - len(reasoned_giver)
    yes, no = np.zeros(n_scenarios), np.zeros(n_scenarios)
    for_it, against = np.zeros(n_arguments), np.zeros(n_arguments)
    tilt = np.empty(len(bearing_giver))
    for i in range(len(tilt)):
        angle = bearing_sign[i] * of_word[bearing_word[i]] + bearing_tilt[i]
        tilt[i] = of_claim[bearing_giver[i]] * angle
        if i < n_direct:
            yes[target_scenario[i]] += math.log1p(tilt[i])
            no[target_scenario[i]] += math.log1p(-tilt[i])
        else:
            for_it[target_argument[i - n_direct]] += math.log1p(tilt[i])
            against[target_argument[i - n_direct]] += math.log1p(-tilt[i])

    # Arguments: their own reports, once, and what they say of scenarios.
    log_likelihood = -_LOG_2 * (len(bearing_giver) + len(reasoned_giver))
    established = np.empty(n_arguments)
    for a in range(n_arguments):
        log_odds = for_it[a] - against[a]
        log_likelihood += against[a] + _softplus(log_odds)
        established[a] = math.tanh(log_odds / 2)
    reasoned_angle = np.empty(len(reasoned_giver))
    for i in range(len(reasoned_angle)):
        angle = reasoned_sign[i] * of_word[reasoned_word[i]] + reasoned_tilt[i]
        reasoned_angle[i] = angle
        t, s = established[reasoned_giver[i]] * angle, target_scenario[n_direct + i]
        yes[s] += math.log1p(t)
        no[s] += math.log1p(-t)

    # Cells.
    n_cells = len(scenario)
    log_odds = np.empty(n_cells)
    for c in range(n_cells):
        log_odds[c] = x[at_prior + scenario[c]]
    for i in range(len(parent_cell)):
        log_odds[parent_cell[i]] += x[at_link + parent_link[i]]
    hazard, of_cell = np.empty(n_cells), np.empty(2 * n_cells)
    for c in range(n_cells):
        s = scenario[c]
        hazard[c] = remaining[s] * _softplus(log_odds[c])
        of_cell[c] = no[s] + log_allowed_no[s] - hazard[c]
        of_cell[n_cells + c] = yes[s] + log_allowed_yes[s]
        of_cell[n_cells + c] += math.log(-math.expm1(-hazard[c]))

    log_evidence, d_cell = sum_out(
        of_cell,
        _indices(integers, INDICES_AT.joint.branch_stem),
        _indices(integers, INDICES_AT.joint.branch_cell),
        _indices(integers, INDICES_AT.joint.configuration_branch),
        _indices(integers, INDICES_AT.joint.configuration_set),
        _indices(integers, INDICES_AT.joint.n_sets)[0],
    )
    log_likelihood += log_evidence

    # And back.
    d_yes, d_no = np.zeros(n_scenarios), np.zeros(n_scenarios)
    d_log_odds = np.zeros(n_cells)
    for c in range(n_cells):
        s, d_hazard = scenario[c], -d_cell[c]
        d_no[s] += d_cell[c]
        if d_cell[n_cells + c] > 0:  # else the hazard may be 0
            d_yes[s] += d_cell[n_cells + c]
            d_hazard += d_cell[n_cells + c] / math.expm1(hazard[c])
        d_log_odds[c] = d_hazard * remaining[s] * _sigmoid(log_odds[c])
        d_x[at_prior + s] += d_log_odds[c]
    for i in range(len(parent_cell)):
        d_x[at_link + parent_link[i]] += d_log_odds[parent_cell[i]]

    d_word, d_established = np.zeros(N_WORDS), np.zeros(n_arguments)
    for i in range(len(reasoned_angle)):
        a, s = reasoned_giver[i], target_scenario[n_direct + i]
        t = established[a] * reasoned_angle[i]
        d_tilt = d_yes[s] / (1 + t) - d_no[s] / (1 - t)
        d_established[a] += d_tilt * reasoned_angle[i]
        d_word[reasoned_word[i]] += d_tilt * established[a] * reasoned_sign[i]
    d_for, d_against = np.empty(n_arguments), np.empty(n_arguments)
    for a in range(n_arguments):
        d_for[a] = _sigmoid(for_it[a] - against[a])
        d_for[a] += d_established[a] * (1 - established[a] ** 2) / 2
        d_against[a] = 1 - d_for[a]

    d_claim = np.zeros(n_claims)
    for i in range(len(tilt)):
        if i < n_direct:
            s = target_scenario[i]
            by_yes, by_no = d_yes[s], d_no[s]
        else:
            a = target_argument[i - n_direct]
            by_yes, by_no = d_for[a], d_against[a]
        d_tilt = by_yes / (1 + tilt[i]) - by_no / (1 - tilt[i])
        g, w, sign = bearing_giver[i], bearing_word[i], bearing_sign[i]
        d_claim[g] += d_tilt * (sign * of_word[w] + bearing_tilt[i])
        d_word[w] += d_tilt * of_claim[g] * sign
    for w in range(N_WORDS):
        by_log = d_word[w] * (1 - of_word[w] ** 2) * decibans[w]
        d_x[at_word + w] += by_log / (2 * DECIBANS_PER_NAT)
        d_x[at_calibration] += by_log / (2 * DECIBANS_PER_NAT)

    d_heard = np.empty(n_claims)
    for i in range(n_claims):
        genuine, share = _sigmoid(pooled[i]), claim_share[i]
        by_product = d_claim[i] * claim_freshness[i]
        said = claim_heard[i] + (1 - claim_heard[i]) * heard_through[i]
        d_pooled = by_product * said * genuine * _sigmoid(-pooled[i])
        d_x[at_source + claim_source[i]] += (1 - share) * d_pooled
        d_x[claim_credibility[i]] += share * d_pooled
        d_heard[i] = by_product * genuine * (1 - claim_heard[i])
        d_heard[i] *= 1 - heard_through[i] ** 2
    for i in range(len(relay_claim)):
        k = at_source + relay_source[i]
        d_x[k] += d_heard[relay_claim[i]] * _sigmoid(x[k] + _LOG_2) / 2
    return log_likelihood, d_x * scale


@_njit
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


if __name__ == "__main__":  # when Deciban is set up
    from deciban.model.likelihood import kernel  # by this name the cache knows it

    kernel.compiled()
