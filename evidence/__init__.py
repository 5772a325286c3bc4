"""What was reported: sources, reports, and the evidence file that holds them."""

from evidence.admiralty import CREDIBILITY as CREDIBILITY
from evidence.admiralty import RELIABILITY as RELIABILITY
from evidence.admiralty import Credibility as Credibility
from evidence.admiralty import Reliability as Reliability
from evidence.file import EvidenceFile as EvidenceFile
from evidence.file import evidence_problems as evidence_problems
from evidence.report import Bearing as Bearing
from evidence.report import Report as Report
from evidence.report import Source as Source
from evidence.weight import DECIBANS_PER_NAT as DECIBANS_PER_NAT
from evidence.weight import weight_of_evidence as weight_of_evidence
