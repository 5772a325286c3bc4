"""What is believed before any report: scenarios, arguments, links, and the scales."""

from priors.file import Argument as Argument
from priors.file import ArgumentBearing as ArgumentBearing
from priors.file import CaseHeader as CaseHeader
from priors.file import Link as Link
from priors.file import Outcome as Outcome
from priors.file import PriorsFile as PriorsFile
from priors.file import Scenario as Scenario
from priors.file import priors_problems as priors_problems
from priors.logit_normal import ImproperPriorError as ImproperPriorError
from priors.logit_normal import LogitNormal as LogitNormal
from priors.scales import Scales as Scales
from priors.words import VERBAL_SCALES as VERBAL_SCALES
from priors.words import ScaleName as ScaleName
from priors.words import Term as Term
from priors.words import VerbalScale as VerbalScale
