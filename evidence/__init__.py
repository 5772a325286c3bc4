"""What was reported: sources, reports, and the evidence file that holds them."""

from deciban.evidence.admiralty import CREDIBILITY as CREDIBILITY
from deciban.evidence.admiralty import RELIABILITY as RELIABILITY
from deciban.evidence.file import EvidenceFile as EvidenceFile
from deciban.evidence.file import evidence_problems as evidence_problems
from deciban.evidence.items import Credibility as Credibility
from deciban.evidence.items import Reliability as Reliability
from deciban.evidence.report import Bearing as Bearing
from deciban.evidence.report import Interest as Interest
from deciban.evidence.report import Report as Report
from deciban.evidence.report import Source as Source
from deciban.evidence.weight import DECIBANS_PER_NAT as DECIBANS_PER_NAT
from deciban.evidence.weight import weight_of_evidence as weight_of_evidence
