"""The model once more, from the text of the design alone, by brute force.

Nothing of ``deciban.model.likelihood`` is used: this reads the plain data of the two
files. One z at a time, in plain loops over accounts, camps, arguments, roads, rivals
and links; every joint outcome of all scenarios is visited, whether they are linked or
not. Numbers are decimal with as many digits as it takes, so each formula stands here as
it is written, and nothing rounds to 1.
"""

import datetime
import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from scipy import stats

from deciban.priors import PriorsFile

World = dict[str, str]  # of each scenario: occurred, later or never
Vector = dict[str, Decimal]  # of each answer of a set of rivals

PULLS = {"slight": "0.3", "clear": "0.6", "total": "0.9"}
NONE = "none"
Z_95 = Decimal(float(stats.norm.ppf(0.95)))


class Weighed(NamedTuple):
    """Log-likelihood; P(Z_s = 1 | all, z) and its complement by scenario; T_X by id."""

    log_likelihood: float
    probability: dict[str, float]
    complement: dict[str, float]
    argument: dict[str, float]


class BruteForce:
    """A casebook as of a day.

    Unknowns have names, as ``scenario war`` or ``word weak``; z gives each its standard
    normal, 0 where it gives none.
    """

    def __init__(
        self, casebook: Any, as_of: datetime.date, *, digits: int = 60
    ) -> None:
        files = casebook.model_dump(by_alias=True)
        self.digits = digits
        self.as_of = as_of
        self.priors: PriorsFile = casebook.priors
        self.half_life = files["priors"]["half_life_days"]
        self.scenarios = {s["id"]: s for s in files["priors"]["scenarios"]}
        self.arguments = {a["id"]: a for a in files["priors"]["arguments"]}
        self.links = files["priors"]["links"]
        self.rivals = {r["id"]: r for r in files["priors"]["rivals"]}
        self.sources = {k["id"]: k for k in files["evidence"]["sources"]}
        self.scales = files["priors"]["scales"]
        self.reports = [
            r for r in files["evidence"]["reports"] if r["published"] <= as_of
        ]
        self.looked = self._looked(files["priors"]["reviewed"])
        self.set_of = {s: r for r in self.rivals.values() for s in r["scenarios"]}
        self.outcomes = {s: o for s in self.scenarios if (o := self._outcome(s))}

    # 3.8: what is known on the day

    def _outcome(self, scenario: str) -> dict[str, Any] | None:
        """Outcome of a scenario that is known; a rival's settles the others as no."""
        own = self.scenarios[scenario]["outcome"]
        if own is not None and known_on(own) <= self.as_of:
            return own
        for rival in self.set_of.get(scenario, {"scenarios": ()})["scenarios"]:
            other = self.scenarios[rival]["outcome"]
            if other and other["occurred"] and known_on(other) <= self.as_of:
                return {**other, "occurred": False}
        return None

    def _looked(self, reviewed: datetime.date | None) -> datetime.date | None:
        days = [r["published"] for r in self.reports if r["repeats"] is None]
        days += [min(reviewed, self.as_of)] if reviewed else []
        return max((day for day in days if day <= self.as_of), default=None)

    def last_day_of(self, scenario: str) -> datetime.date:
        """Day after which a report is no foresight, and ageing stops."""
        outcome = self.outcomes.get(scenario)
        return known_on(outcome) if outcome else self.as_of

    # 3.1: what is unknown

    def location_and_scale(self, name: str) -> tuple[Decimal, Decimal]:
        """Return location and scale of an unknown, by its name."""
        kind, _, key = name.partition(" ")
        scales = self.scales
        match kind:
            case "scenario":
                return prior_on_log_odds(self._prior(key))
            case "none":
                (rivals,) = (r for r in self.priors.rivals if r.id == key)
                return prior_on_log_odds(rivals.none)
            case "noticed":
                (scenario,) = (s for s in self.priors.scenarios if s.id == key)
                return prior_on_log_odds(scenario.noticed)
            case "source":
                grade = scales["reliability"][self.sources[key]["reliability"]]
                return Decimal(grade["location"]), Decimal(grade["sd"])
            case "grade":
                fixed = key == "F" or scales["reliability"][key]["sd"] == 0
                return Decimal(0), Decimal(0 if fixed else scales["grade_shift_sd"])
            case "digit":
                grade = scales["credibility"][int(key)]
                return Decimal(grade["location"]), Decimal(grade["sd"])
            case "word":
                size = scales["strength"][key]
                return Decimal(size["decibans"]).ln(), Decimal(size["log_sd"])
            case "calibration":
                return Decimal(0), Decimal(scales["calibration_log_sd"])
            case "interest":
                return Decimal(0), Decimal(1)
            case "overlap":
                key = {"across": "overlap"}.get(key, f"overlap {key}").replace(" ", "_")
                median, low, high = (scales[key][q] for q in ("median", "low", "high"))
                spread = (logit(Decimal(high)) - logit(Decimal(low))) / (2 * Z_95)
                return logit(Decimal(median)), spread
            case "link":
                cause, effect = key.split(" -> ")
                return self._link(cause, effect)
        raise ValueError(name)

    def _prior(self, scenario: str) -> Any:
        return next(s.prior for s in self.priors.scenarios if s.id == scenario)

    def _link(self, cause: str, effect: str) -> tuple[Decimal, Decimal]:
        (link,) = (
            one for one in self.links if (one["if"], one["then"]) == (cause, effect)
        )
        if link["probability"] is not None:
            median, _ = prior_on_log_odds(self._prior(effect))
            return logit(Decimal(link["probability"])) - median, Decimal("0.5")
        size = nats(Decimal(self.scales["strength"][link["strength"]]["decibans"]))
        sign = 1 if link["direction"] == "raises" else -1
        return sign * size, Decimal("0.2") * size

    def value(self, name: str) -> Decimal:
        """Return what z makes of an unknown."""
        location, scale = self.location_and_scale(name)
        return location + scale * Decimal(self.z.get(name, 0.0))

    def rho(self, source: str) -> Decimal:
        """Return the reliability of a source."""
        grade = self.sources[source]["reliability"]
        shift = Decimal(0) if grade == "F" else self.value(f"grade {grade}")
        return expit(self.value(f"source {source}") + shift)

    def power(self, which: str) -> Decimal | None:
        """Return p = 1 / (1 - o) of a norm, None for an overlap of 1."""
        key = {"across": "overlap"}.get(which, f"overlap_{which}".replace(" ", "_"))
        written = self.scales[key]
        if isinstance(written, dict):
            return 1 / (1 - expit(self.value(f"overlap {which}")))
        return None if written == 1 else 1 / (1 - Decimal(written))

    def norm(self, which: str, weights: list[Decimal]) -> Decimal:
        """Return N(w) = (sum w^p)^(1/p) of weights that are not negative."""
        weights = [w for w in weights if w > 0]
        p = self.power(which)
        if not weights:
            return Decimal(0)
        if p is None or len(weights) == 1:
            return max(weights)
        return sum((w**p for w in weights), Decimal(0)) ** (1 / p)

    def pooled(self, which: str, weights: list[Decimal]) -> Decimal:
        """Each side for itself: N(w : w > 0) - N(|w| : w < 0)."""
        return self.norm(which, weights) - self.norm(which, [-w for w in weights])

    # 3.2, 3.3, 3.7: one claim

    def claims(self) -> list[dict[str, Any]]:
        """Return the reports that repeat none."""
        return [r for r in self.reports if r["repeats"] is None]

    def q(self, claim: dict[str, Any]) -> Decimal:
        """Return q: that the claim is genuine, where its source may deceive."""
        speaker = self.sources[speaker_of(claim)]
        genuine = self.rho(speaker["id"])
        if claim["credibility"] != 6:
            credible = self.value(f"digit {claim['credibility']}")
            genuine = expit((logit(genuine) + credible) / 2)
        return (1 - Decimal(speaker["deceives"])) * genuine

    def f(self, claim: dict[str, Any], until: datetime.date) -> Decimal:
        """Return f: relays and ageing."""
        speaker = speaker_of(claim)
        heard = {claim["source"]}
        for report in self.reports:
            root = self._root(report)
            if report is not claim and root is claim and speaker_of(report) == speaker:
                heard.add(report["source"])
        f = Decimal(1)
        if speaker not in heard:
            f = tanh(sum((artanh(self.rho(k)) for k in heard), Decimal(0)))
        if self.half_life is not None and claim["ages"]:
            age = Decimal((until - claim["published"]).days)
            f *= Decimal(2) ** (-age / Decimal(self.half_life))
        return f

    def _root(self, report: dict[str, Any]) -> dict[str, Any]:
        if report["repeats"] is None:
            return report
        return self._root(next(r for r in self.reports if r["id"] == report["repeats"]))

    def log_ratio(
        self, bearing: dict[str, Any], *, at_medians: bool = False
    ) -> Decimal:
        """Return l, in nats."""
        if bearing["likelihoods"] is not None:
            yes, no = bearing["likelihoods"]
            return (Decimal(yes) / Decimal(no)).ln()
        sign = 1 if bearing["direction"] == "supports" else -1
        if bearing["decibans"] is not None:
            return sign * nats(Decimal(bearing["decibans"]))
        return sign * self.word(bearing["strength"], at_medians=at_medians)

    def word(self, strength: str, *, at_medians: bool = False) -> Decimal:
        """Return the strength of a word in this case, in nats."""
        if at_medians:
            return nats(Decimal(self.scales["strength"][strength]["decibans"]))
        size = self.value(f"word {strength}").exp()
        return nats(self.value("calibration words").exp() * size)

    # 3.4: the account of a source

    def pull(self, source: dict[str, Any], kind: str, target: str) -> Decimal:
        """Return s, towards the target's being believed."""
        if source["interest"] == "learned":
            return tanh(self.value(f"interest {source['id']}") / 2)
        for interest in source["interest"]:
            if interest[kind] == target:
                size = Decimal(PULLS[interest["pull"]])
                return size if interest["wants"] == "believed" else -size
        return Decimal(0)

    def account(
        self,
        speaker: str,
        claims: list[tuple[dict[str, Any], dict[str, Any]]],
        kind: str,
        target: str,
        until: datetime.date,
    ) -> tuple[Decimal, Decimal]:
        """Return its weight w on the target, and the likelihood of its own line.

        A claim against which deception outweighs what is genuine turns round: those
        that do are a side of their own.
        """
        source = self.sources[speaker]
        d, s_yes = Decimal(source["deceives"]), self.pull(source, kind, target)
        weight, line = Decimal(0), Decimal(1)
        for sign, turned in itertools.product((1, -1), (1, -1)):
            s = sign * s_yes
            side = []
            for claim, bearing in claims:
                log_ratio, q = self.log_ratio(bearing), self.q(claim)
                if log_ratio * sign > 0 and (q - d) * turned > 0:
                    x = self.f(claim, until) * tanh(abs(log_ratio) / 2)
                    r = 1 - q - d
                    t = (q - d) * x / (1 + r * s * x)
                    side.append((abs(t), abs(q - d) / (1 + r * s), r))
            if not side:
                continue
            _, a, r = max(side, key=lambda claim: claim[1])
            norm = self.norm("in account", [2 * artanh(t / a) for t, _, _ in side])
            big_t = tanh(norm / 2)
            weight += sign * turned * 2 * artanh(a * big_t)
            # Of one claim this is 1 + r s x; of several, that of the one claim that
            # would weigh as much: the design's T is on another scale than its x.
            line *= (1 + r * s) / (1 + r * s * (1 - big_t))
        return weight, line

    # 3.5, 3.6: what bears on a target

    def borne(
        self, kind: str, target: str, scenario: str | None = None
    ) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Claims on a target with their bearings on it, those that count for it.

        For an argument, ``scenario`` is the one that it is asked for.
        """
        found = []
        about = target if kind == "scenario" else scenario
        for claim in self.claims():
            for bearing in claim["bears_on"]:
                if bearing[kind] != target or not self.log_ratio(bearing):
                    continue
                if about is not None and claim["published"] > self.last_day_of(about):
                    continue
                if kind == "argument" and scenario is not None:
                    if self.road(claim, scenario) != target:
                        continue
                found.append((claim, bearing))
        return found

    def road(self, claim: dict[str, Any], scenario: str) -> str | None:
        """Argument by which a report speaks to a scenario, None if it does itself."""
        rivals = self.set_of.get(scenario)
        roads = []
        for bearing in claim["bears_on"]:
            if bearing["scenario"] == scenario:
                return None
            if rivals is not None and bearing["rivals"] == rivals["id"]:
                return None
            if bearing["argument"] is None:
                continue
            for reason in self.arguments[bearing["argument"]]["bears_on"]:
                if reason["scenario"] == scenario:
                    size = tanh(abs(self.log_ratio(bearing, at_medians=True)) / 2)
                    size *= tanh(abs(self.log_ratio(reason, at_medians=True)) / 2)
                    roads.append((-size, bearing["argument"]))
        return min(roads)[1] if roads else None

    def camps(
        self, kind: str, target: str, scenario: str | None = None
    ) -> tuple[list[Decimal], Decimal]:
        """Weights of the camps on a target, and the likelihood of their own lines."""
        until = self.last_day_of(target if kind == "scenario" else scenario or "")
        accounts: dict[str, list[Any]] = {}
        for claim, bearing in self.borne(kind, target, scenario):
            accounts.setdefault(speaker_of(claim), []).append((claim, bearing))
        camps: dict[Any, list[Decimal]] = {}
        lines = Decimal(1)
        for speaker, claims in accounts.items():
            weight, line = self.account(speaker, claims, kind, target, until)
            camps.setdefault(self.camp(speaker), []).append(weight)
            lines *= line
        return [self.pooled("in camp", weights) for weights in camps.values()], lines

    def camp(self, speaker: str) -> tuple[str, str]:
        """Return with whom a source speaks."""
        camp = self.sources[speaker]["camp"]
        return ("camp", camp) if camp else ("source", speaker)

    def established(self, argument: str, scenario: str | None = None) -> Decimal:
        """Return T_X: of all its reports, or of those that count for a scenario."""
        camps, _ = self.camps("argument", argument, scenario)
        return tanh(self.pooled("across", camps) / 2)

    def reasons(self, scenario: str) -> list[Decimal]:
        """Weights of the arguments on a scenario."""
        return [
            2 * artanh(self.established(name, scenario) * tanh(self.log_ratio(b) / 2))
            for name, argument in self.arguments.items()
            for b in argument["bears_on"]
            if b["scenario"] == scenario
        ]

    def agreement(self, weights: list[Decimal]) -> Decimal:
        """Return how likely it is that weights agree as they do."""
        up = down = Decimal(1)
        for w in weights:
            up *= (1 + tanh(w / 2)) / 2
            down *= (1 - tanh(w / 2)) / 2
        return up + down

    # 3.9: rivals

    def answers(self, rivals: dict[str, Any]) -> list[str]:
        """Return what can come true of a set."""
        return [*rivals["scenarios"], *([NONE] if rivals["none"] is not None else [])]

    def vector(
        self, rivals: dict[str, Any], claims: list[Any], until: datetime.date
    ) -> Vector:
        """Weights of an account on a set of rivals."""
        answers = self.answers(rivals)
        n = len(answers)
        u: dict[str, list[Decimal]] = {h: [] for h in answers}
        # Reversed, each answer has the mean likelihood of the others.
        d = Decimal(self.sources[speaker_of(claims[0][0])]["deceives"])
        genuine = [max(self.q(claim) - d / (n - 1), Decimal(0)) for claim, _ in claims]
        a = max(genuine)
        if a == 0:
            return dict.fromkeys(answers, Decimal(0))
        for (claim, bearing), q in zip(claims, genuine, strict=True):
            v = self.likelihoods(bearing, answers)
            m = mean(v.values())
            g = q * self.f(claim, until) / a
            logs = {h: (g * v[h] + (1 - g) * m).ln() for h in answers}
            for h in answers:
                u[h].append(logs[h] - mean(logs.values()))
        e = {h: self.pooled("in account", u[h]).exp() for h in answers}
        logs = {h: (a * e[h] + (1 - a) * mean(e.values())).ln() for h in answers}
        return {h: logs[h] - mean(logs.values()) for h in answers}

    def likelihoods(self, bearing: dict[str, Any], answers: list[str]) -> Vector:
        """Return the likelihood that a claim gives each answer."""
        if bearing["likelihoods"] is not None:
            return {h: Decimal(bearing["likelihoods"][h]) for h in answers}
        v = dict.fromkeys(answers, Decimal(1))
        for h, said in bearing["words"].items():
            direction, _, strength = said.partition(" ")
            sign = 1 if direction == "supports" else -1
            v[h] = (sign * self.word(strength)).exp()
        return v

    def set_evidence(self, rivals: dict[str, Any]) -> tuple[Vector, Decimal]:
        """Return W of each answer, and all else that the reports' likelihood has."""
        answers = self.answers(rivals)
        n, lines = Decimal(len(answers)), Decimal(1)
        camps: dict[Any, list[Vector]] = {}
        until = min(
            (
                known_on(o)
                for s in rivals["scenarios"]
                if (o := self.scenarios[s]["outcome"])
                and o["occurred"]
                and known_on(o) <= self.as_of
            ),
            default=self.as_of,
        )
        accounts: dict[str, list[Any]] = {}
        for claim in self.claims():
            for bearing in claim["bears_on"]:
                if bearing["rivals"] == rivals["id"] and claim["published"] <= until:
                    accounts.setdefault(speaker_of(claim), []).append((claim, bearing))
        for speaker, claims in accounts.items():
            vector = self.vector(rivals, claims, until)
            camps.setdefault(self.camp(speaker), []).append(vector)
        for s in rivals["scenarios"]:
            single: dict[str, list[Any]] = {}
            for claim, bearing in self.borne("scenario", s):
                single.setdefault(speaker_of(claim), []).append((claim, bearing))
            for speaker, claims in single.items():
                w, line = self.account(
                    speaker, claims, "scenario", s, self.last_day_of(s)
                )
                lines *= line
                vector = {h: w * ((h == s) - 1 / n) for h in answers}
                camps.setdefault(self.camp(speaker), []).append(vector)
        units = [
            {h: self.pooled("in camp", [v[h] for v in vectors]) for h in answers}
            for vectors in camps.values()
        ]
        for s in rivals["scenarios"]:
            for w in self.reasons(s):
                units.append({h: w * ((h == s) - 1 / n) for h in answers})
        across = {h: self.pooled("across", [v[h] for v in units]) for h in answers}
        agreement = dict.fromkeys(answers, Decimal(1))
        for v in units:
            e = {h: v[h].exp() for h in answers}
            for h in answers:
                agreement[h] *= e[h] / mean(e.values())
        return across, mean(agreement.values()) * lines

    # Joint outcomes

    def weigh(self, z: Mapping[str, float] | None = None) -> Weighed:
        """Weigh everything at one z."""
        self.z = dict(z or {})
        with localcontext() as context:
            context.prec = self.digits
            context.Emax, context.Emin = 10**9, -(10**9)
            total, occurring = Decimal(0), dict.fromkeys(self.scenarios, Decimal(0))
            evidence, sets, constant = self._evidence()
            pairs = list(self._pairs())
            for world in self.worlds():
                weight = constant * self.prior(world)
                for s, (yes, no) in evidence.items():
                    weight *= no if world[s] == "never" else yes
                for name, across in sets.items():
                    weight *= across[self._answer(self.rivals[name], world)]
                for pair in pairs:
                    weight *= self._pair_factor(pair, world)
                total += weight
                for s, what in world.items():
                    occurring[s] += weight if what != "never" else 0
            return Weighed(
                float(total.ln()) if total else -float("inf"),
                {s: float(p / total) for s, p in occurring.items()} if total else {},
                {s: float(1 - p / total) for s, p in occurring.items()}
                if total
                else {},
                {x: float((1 + self.established(x)) / 2) for x in self.arguments},
            )

    def _evidence(self) -> tuple[dict[str, Any], dict[str, Vector], Decimal]:
        constant = Decimal(1)
        evidence, sets = {}, {}
        for argument in self.arguments:
            camps, lines = self.camps("argument", argument)
            constant *= self.agreement(camps) * lines
        for s in self.scenarios:
            if s in self.set_of:
                continue
            camps, lines = self.camps("scenario", s)
            units = [*camps, *self.reasons(s)]
            t = tanh(self.pooled("across", units) / 2)
            constant *= self.agreement(units) * lines
            evidence[s] = (1 + t) / 2, (1 - t) / 2
        for name, rivals in self.rivals.items():
            across, rest = self.set_evidence(rivals)
            constant *= rest
            e = {h: w.exp() for h, w in across.items()}
            sets[name] = {h: value / mean(e.values()) for h, value in e.items()}
        return evidence, sets, constant

    def worlds(self) -> Iterator[World]:
        """Go through the joint outcomes that may be."""
        for states in itertools.product(*map(self._states, self.scenarios)):
            world = dict(zip(self.scenarios, states, strict=True))
            if all(self._may_be(rivals, world) for rivals in self.rivals.values()):
                yield world

    def _states(self, scenario: str) -> list[str]:
        outcome = self.outcomes.get(scenario)
        if outcome is None or outcome["occurred"] is None:
            return ["occurred", "later", "never"]
        return ["occurred"] if outcome["occurred"] else ["never"]

    def _may_be(self, rivals: dict[str, Any], world: World) -> bool:
        # A rival's hazard is none, so that it has not occurred before the window ends.
        if any(
            world[s] == "occurred" and "later" in self._states(s)
            for s in rivals["scenarios"]
        ):
            return False
        n = sum(world[s] != "never" for s in rivals["scenarios"])
        return n == 1 or (n == 0 and rivals["none"] is not None)

    def _answer(self, rivals: dict[str, Any], world: World) -> str:
        return next((s for s in rivals["scenarios"] if world[s] != "never"), NONE)

    def prior(self, world: World) -> Decimal:
        """Probability of a joint outcome, and of what is known, before any report."""
        product = Decimal(1)
        for rivals in self.rivals.values():
            u = {}
            for s in rivals["scenarios"]:
                u[s] = expit(self.value(f"scenario {s}")) * self._shift(s, world).exp()
            if rivals["none"] is not None:
                u[NONE] = expit(self.value(f"none {rivals['id']}"))
            product *= u[self._answer(rivals, world)] / sum(u.values(), Decimal(0))
        for s in self.scenarios:
            if s not in self.set_of:
                product *= self._single(s, world)
        return product

    def _shift(self, scenario: str, world: World) -> Decimal:
        return sum(
            (
                self.value(f"link {link['if']} -> {scenario}")
                for link in self.links
                if link["then"] == scenario and world[link["if"]] != "never"
            ),
            Decimal(0),
        )

    def _single(self, scenario: str, world: World) -> Decimal:
        s, outcome = self.scenarios[scenario], self.outcomes.get(scenario)
        eta = self.value(f"scenario {scenario}") + self._shift(scenario, world)
        hazard = (1 + eta.exp()).ln()
        looked = self.looked or s["opens"]
        if outcome is not None and outcome["occurred"] is not None:
            looked = outcome["on"]
        elif outcome is not None:
            looked = min(looked, outcome["on"])
        window = (s["closes"] - s["opens"]).days + 1
        g = min(
            max(Decimal((looked - s["opens"]).days) / window, Decimal(0)), Decimal(1)
        )
        if s["hazard"] == "none":
            g = Decimal(0)
        if outcome is not None and outcome["occurred"]:
            if s["hazard"] == "none":
                return 1 - (-hazard).exp()
            return hazard * (-g * hazard).exp()
        noticed = s["noticed"]
        if isinstance(noticed, dict):
            noticed = expit(self.value(f"noticed {scenario}"))
        return {
            "occurred": (1 - Decimal(noticed)) * (1 - (-g * hazard).exp()),
            "later": (-g * hazard).exp() - (-hazard).exp(),
            "never": (-hazard).exp(),
        }[world[scenario]]

    # 3.8: one source on both ends of a link

    def _pairs(self) -> Iterator[tuple[str, str, Decimal, Decimal, Decimal]]:
        for link in self.links:
            ends = link["if"], link["then"]
            on = [
                {claim["id"]: (claim, b) for claim, b in self.borne("scenario", end)}
                for end in ends
            ]
            accounts: dict[str, list[Any]] = {}
            for name in on[0].keys() & on[1].keys():
                accounts.setdefault(speaker_of(on[0][name][0]), []).append(name)
            for names in accounts.values():
                sizes: list[list[Decimal]] = []
                ratios: list[list[Decimal]] = []
                for end, said in zip(ends, on, strict=True):
                    until = self.last_day_of(end)
                    chosen = [said[name] for name in names]
                    sizes.append([self.q(c) * self.f(c, until) for c, _ in chosen])
                    ratios.append([self.log_ratio(b) for _, b in chosen])
                big_q = max(max(some) for some in sizes)
                tilts = [
                    tanh(
                        self.pooled(
                            "in account",
                            [
                                2 * artanh(size * tanh(ratio / 2) / big_q)
                                for size, ratio in zip(some, those, strict=True)
                            ],
                        )
                        / 2
                    )
                    for some, those in zip(sizes, ratios, strict=True)
                ]
                yield (*ends, big_q, *tilts)

    def _pair_factor(self, pair: Any, world: World) -> Decimal:
        one, other, q, t1, t2 = pair
        z1, z2 = (1 if world[s] != "never" else -1 for s in (one, other))
        joint = 1 + q * (t1 * z1 + t2 * z2) + q * t1 * t2 * z1 * z2
        return joint / ((1 + q * t1 * z1) * (1 + q * t2 * z2))


def speaker_of(report: dict[str, Any]) -> str:
    return report["origin"] or report["source"]


def known_on(outcome: dict[str, Any]) -> datetime.date:
    return outcome["known"] or outcome["on"]


def prior_on_log_odds(prior: Any) -> tuple[Decimal, Decimal]:
    """Location and scale of a prior, which tests of priors hold to what it means."""
    distribution = prior.distribution()
    return Decimal(distribution.location), Decimal(distribution.scale)


def mean(values: Any) -> Decimal:
    values = list(values)
    return sum(values, Decimal(0)) / len(values)


def nats(decibans: Decimal) -> Decimal:
    return decibans * Decimal(10).ln() / 10


def logit(p: Decimal) -> Decimal:
    return (p / (1 - p)).ln()


def expit(x: Decimal) -> Decimal:
    return 1 / (1 + (-x).exp())


def tanh(x: Decimal) -> Decimal:
    e = (-2 * abs(x)).exp()
    return (1 if x >= 0 else -1) * (1 - e) / (1 + e)


def artanh(t: Decimal) -> Decimal:
    return ((1 + t) / (1 - t)).ln() / 2
