"""What is believed before any report: scenarios, arguments, links, and the scales."""

from deciban.priors.argument import Argument as Argument
from deciban.priors.argument import ArgumentBearing as ArgumentBearing
from deciban.priors.file import CaseHeader as CaseHeader
from deciban.priors.file import PriorsFile as PriorsFile
from deciban.priors.file import priors_problems as priors_problems
from deciban.priors.indicator import Indicator as Indicator
from deciban.priors.link import Link as Link
from deciban.priors.logit_normal import ImproperPriorError as ImproperPriorError
from deciban.priors.logit_normal import LogitNormal as LogitNormal
from deciban.priors.prior import BetaPrior as BetaPrior
from deciban.priors.prior import MeanPrior as MeanPrior
from deciban.priors.prior import Prior as Prior
from deciban.priors.prior import QuantilePrior as QuantilePrior
from deciban.priors.prior import WordsPrior as WordsPrior
from deciban.priors.rivals import Rivals as Rivals
from deciban.priors.scales import Scales as Scales
from deciban.priors.scenario import Benchmark as Benchmark
from deciban.priors.scenario import Outcome as Outcome
from deciban.priors.scenario import Scenario as Scenario
from deciban.priors.words import VERBAL_SCALES as VERBAL_SCALES
from deciban.priors.words import ScaleName as ScaleName
from deciban.priors.words import Term as Term
from deciban.priors.words import VerbalScale as VerbalScale
